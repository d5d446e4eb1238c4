import type { TranslationBundle } from '@jupyterlab/translation';
import React, { memo } from 'react';

import type { ICellView, IPlacement } from '../protocol';
import { SideBadge } from './Badge';
import { cellName, kindName, lineRange } from './words';

export interface ICellItemProps {
  readonly cell: ICellView;
  /** The functions, classes and lambdas defined in the cell, in order. */
  readonly pieces: readonly IPlacement[];
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** One cell: what its own lines do in the kernel, then each piece it defines with the side that piece runs on. */
export const CellItem = memo(function CellItem(props: ICellItemProps): React.JSX.Element {
  const { cell, pieces, reveal, trans } = props;
  if (cell.error) {
    return <BrokenCell {...props} error={cell.error} />;
  }
  const own = ownLines(props);
  return (
    <div className="jp-odps-cell">
      <button
        type="button"
        className="jp-odps-cell-head"
        onClick={() => {
          reveal(cell.index, 0);
        }}
      >
        <span className="jp-odps-prompt">{cellName(trans, cell.index)}</span>
        <span className="jp-odps-own">
          {own.sets ? <code>{own.sets}</code> : null}
          {own.words ? <span className="jp-odps-secondary">{own.words}</span> : null}
          {cell.imports.length > 0 ? (
            <span className="jp-odps-secondary">
              {trans.__('imports')} <code>{cell.imports.join(', ')}</code>
            </span>
          ) : null}
          {cell.calls.map((call, index) => (
            <span key={index} className="jp-odps-handover">
              <span aria-hidden="true">→ </span>
              {trans.__('hands over')} <code>{call}</code>
            </span>
          ))}
        </span>
        {own.run ? <SideBadge side="local" trans={trans} /> : null}
      </button>
      {pieces.length > 0 ? (
        <ul className="jp-odps-pieces">
          {pieces.map((piece, index) => (
            <Piece key={index} piece={piece} reveal={reveal} trans={trans} />
          ))}
        </ul>
      ) : null}
    </div>
  );
}, sameProps);

function Piece(props: {
  piece: IPlacement;
  reveal: (cell: number, line: number) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { piece, reveal, trans } = props;
  return (
    <li className={`jp-odps-piece jp-odps-piece-${piece.side}`}>
      <button
        type="button"
        title={piece.reason}
        onClick={() => {
          reveal(piece.cell, piece.line);
        }}
      >
        <span className="jp-odps-piece-head">
          <code className="jp-odps-name">{piece.name}</code>
          {piece.kind === piece.name ? null : (
            <span className="jp-odps-secondary">{kindName(trans, piece.kind)}</span>
          )}
          <span className="jp-odps-secondary">{lineRange(trans, piece)}</span>
        </span>
        <SideBadge side={piece.side} trans={trans} />
        <span className="jp-odps-reason">{piece.reason}</span>
      </button>
    </li>
  );
}

function BrokenCell(props: ICellItemProps & { error: NonNullable<ICellView['error']> }): React.JSX.Element {
  const { cell, error, reveal, trans } = props;
  return (
    <div className="jp-odps-cell jp-odps-cell-broken">
      <button
        type="button"
        className="jp-odps-cell-head"
        onClick={() => {
          reveal(cell.index, error.line);
        }}
      >
        <span className="jp-odps-prompt">{cellName(trans, cell.index)}</span>
        <span className="jp-odps-own">
          <span>{trans.__('cannot be read: %1', error.message)}</span>
          <span className="jp-odps-secondary">{trans.__('line %1', error.line + 1)}</span>
        </span>
        <span className="jp-odps-badge jp-odps-badge-error">{trans.__('syntax error')}</span>
      </button>
    </div>
  );
}

/** What to say of a cell's own lines, and whether any run at all. */
function ownLines(props: ICellItemProps): { sets: string; words: string; run: boolean } {
  const { cell, pieces, trans } = props;
  const defined = new Set(pieces.map(piece => piece.name));
  const sets = cell.sets.filter(name => !defined.has(name)).join(', ');
  if (sets || cell.imports.length > 0 || cell.calls.length > 0) {
    return { sets, words: '', run: true };
  }
  return pieces.length > 0
    ? { sets: '', words: trans._n('%1 definition', '%1 definitions', pieces.length), run: false }
    : { sets: '', words: trans.__('runs in the kernel'), run: true };
}

function sameProps(before: ICellItemProps, now: ICellItemProps): boolean {
  return (
    before.cell === now.cell &&
    before.reveal === now.reveal &&
    before.trans === now.trans &&
    before.pieces.length === now.pieces.length &&
    before.pieces.every((piece, index) => piece === now.pieces[index])
  );
}
