import type { TranslationBundle } from '@jupyterlab/translation';

import { proofWords, severityName } from './components/words';
import { preview } from './diff';
import type { Actions } from './editor';
import { button, element } from './elements';
import type { IDiagnostic, IEdit } from './protocol';
import { SEEN_TO_FAIL } from './proven';

/**
 * What the editor shows over a problem: what it is, what the rule says, and what each edit would change.
 *
 * Plain elements, for the editor puts them up and takes them away; the same can be done with the keyboard in the panel.
 */
export function problemTooltip(
  item: IDiagnostic,
  actions: Actions | null,
  trans: TranslationBundle
): HTMLElement {
  const head = element('div', 'jp-odps-tooltip-head', [
    element('span', `jp-odps-severity jp-odps-severity-${item.severity}`, [
      severityName(trans, item.severity)
    ]),
    ...(item.proof ? [element('span', 'jp-odps-proven', [proofWords(trans, item.proof)])] : []),
    actions && item.kind !== SEEN_TO_FAIL
      ? button('jp-odps-link jp-odps-kind', item.kind, () => void actions.explain(item.kind), {
          title: trans.__('What this rule says')
        })
      : element('code', 'jp-odps-kind', [item.kind])
  ]);
  const parts = [head, element('div', 'jp-odps-message', [item.message])];
  if (actions) {
    if (item.fix) {
      parts.push(diffOf(actions, item.fix.edits));
    }
    parts.push(actionsOf(item, actions, trans));
  }
  const section = element('section', 'jp-odps-tooltip-problem', parts);
  section.setAttribute('aria-label', trans.__('Problem: %1', item.kind));
  return section;
}

function actionsOf(item: IDiagnostic, actions: Actions, trans: TranslationBundle): HTMLElement {
  const { fix, ignore } = item;
  const row = element('div', 'jp-odps-actions', []);
  if (fix) {
    const title = fix.safe ? '' : trans.__('Changes what the code means: look at it before you run it.');
    row.append(button('jp-odps-fix', fix.title, () => actions.edit(fix.edits), { title }));
  }
  if (ignore) {
    row.append(button('jp-odps-fix', trans.__('Ignore this here'), () => actions.edit([ignore]), {}));
  }
  return row;
}

function diffOf(actions: Actions, edits: readonly IEdit[]): HTMLElement {
  const lines = preview(actions.sources, edits).flatMap(({ lines: shown }) =>
    shown.map(({ kind, text }) =>
      element('span', `jp-odps-diff-line jp-odps-diff-${kind}`, [
        `${kind === 'added' ? '+' : kind === 'removed' ? '-' : ' '} ${text}\n`
      ])
    )
  );
  return element('pre', 'jp-odps-diff', lines);
}
