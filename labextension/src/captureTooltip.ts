import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICaptured } from './captured';
import { cellName, sizeName } from './components/words';
import type { Actions } from './editor';
import { button, element } from './elements';
import type { IPlace } from './protocol';

/** What the editor shows over a captured name: where it was set and what travels. */
export function captureTooltip(
  item: ICaptured,
  actions: Actions | null,
  trans: TranslationBundle
): HTMLElement {
  const { need, sent } = item;
  const head = element('div', 'jp-odps-tooltip-head', [
    element('strong', '', [element('code', '', [item.name])]),
    element('span', 'jp-odps-secondary', [trans.__('captured by %1', item.by)])
  ]);
  const travels =
    sent === null
      ? trans.__('Travels to the executor by value; its size is known once it is sent.')
      : sent.by === 'reference'
        ? trans.__('Travels by reference: the executor imports %1.', sent.type)
        : trans.__('Travels by value: %1, %2 when it was sent.', sent.type, sizeName(sent.size));
  const section = element('section', 'jp-odps-tooltip-problem', [
    head,
    element('div', 'jp-odps-message', [travels]),
    ...place(trans.__('Set in'), need.set),
    ...place(trans.__('At the call it has the value of'), need.setAtCall),
    ...need.setLater.flatMap(later =>
      place(
        later.ran ? trans.__('Set again since in') : trans.__('Will be set again, not yet run, in'),
        later
      )
    )
  ]);
  section.setAttribute('aria-label', trans.__('Captured name: %1', item.name));
  return section;

  function place(words: string, at: IPlace | null): HTMLElement[] {
    if (!at) {
      return [];
    }
    const name = trans.__('%1, line %2', cellName(trans, at.cell), at.line + 1);
    return [
      element('div', '', [
        `${words} `,
        actions
          ? button('jp-odps-link jp-odps-place', name, () => void actions.reveal(at.cell, at.line), {})
          : name
      ])
    ];
  }
}
