import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo } from 'react';

import type { IAnalysis, IPlacement } from '../protocol';
import { CellItem } from './CellItem';
import { Section } from './Section';
import { WindowedList } from './WindowedList';

export interface IWhereCodeRunsProps {
  readonly analysis: IAnalysis;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** The cells of the notebook with what runs where. */
export function WhereCodeRuns(props: IWhereCodeRunsProps): React.JSX.Element {
  const { analysis, reveal, trans } = props;
  const pieces = useMemo(() => piecesByCell(analysis.placement), [analysis.placement]);
  return (
    <Section title={trans.__('Where code runs')} aside={trans.__('predicted from source')}>
      <p role="status" className="jp-odps-summary">
        {summary(analysis, trans)}
      </p>
      <WindowedList
        items={analysis.cells}
        keyOf={cell => cell.id}
        estimate={58}
        className="jp-odps-cells"
        label={trans.__('Cells')}
      >
        {cell => (
          <CellItem cell={cell} pieces={pieces.get(cell.index) ?? NO_PIECES} reveal={reveal} trans={trans} />
        )}
      </WindowedList>
    </Section>
  );
}

const NO_PIECES: readonly IPlacement[] = [];

function piecesByCell(placement: readonly IPlacement[]): Map<number, IPlacement[]> {
  const pieces = new Map<number, IPlacement[]>();
  for (const piece of placement) {
    pieces.set(piece.cell, [...(pieces.get(piece.cell) ?? []), piece]);
  }
  for (const own of pieces.values()) {
    own.sort((a, b) => a.line - b.line);
  }
  return pieces;
}

function summary(analysis: IAnalysis, trans: TranslationBundle): string {
  const executor = analysis.placement.filter(piece => piece.side !== 'local').length;
  const broken = analysis.cells.filter(cell => cell.error).length;
  const said = [
    executor === 0
      ? trans.__('Nothing is handed to the executor: all of it runs in the kernel.')
      : trans._n(
          '%1 piece of this notebook runs on the executor, the rest in the kernel.',
          '%1 pieces of this notebook run on the executor, the rest in the kernel.',
          executor
        )
  ];
  if (broken > 0) {
    said.push(trans._n('%1 cell cannot be read.', '%1 cells cannot be read.', broken));
  }
  return said.join(' ');
}
