import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { ICellDiff, IDiffLine } from '../diff';
import { WindowedList } from './WindowedList';
import { cellName } from './words';

const SIGNS = { same: ' ', removed: '-', added: '+' } as const;

/** What edits would change, cell by cell; a sign says what a colour says. */
export function Diff(props: {
  readonly diffs: readonly ICellDiff[];
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { diffs, trans } = props;
  return (
    <WindowedList
      items={diffs}
      keyOf={({ cell }) => String(cell)}
      estimate={96}
      className="jp-odps-diffs"
      label={trans.__('Changes')}
    >
      {({ cell, lines }) => (
        <figure className="jp-odps-figure">
          <figcaption className="jp-odps-secondary">{cellName(trans, cell)}</figcaption>
          <pre className="jp-odps-diff" tabIndex={0} aria-label={trans.__('Changes in cell %1', cell + 1)}>
            {lines.map((line, index) => (
              <Line key={index} line={line} trans={trans} />
            ))}
          </pre>
        </figure>
      )}
    </WindowedList>
  );
}

function Line(props: { readonly line: IDiffLine; readonly trans: TranslationBundle }): React.JSX.Element {
  const { line, trans } = props;
  const said = {
    same: '',
    removed: trans.__('removed: '),
    added: trans.__('added: ')
  }[line.kind];
  return (
    <span className={`jp-odps-diff-line jp-odps-diff-${line.kind}`}>
      <span aria-hidden="true">{SIGNS[line.kind]} </span>
      {said ? <span className="jp-odps-said">{said}</span> : null}
      {`${line.text}\n`}
    </span>
  );
}
