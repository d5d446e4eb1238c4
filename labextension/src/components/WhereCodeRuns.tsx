import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo } from 'react';

import type { IInspection } from '../inspection';
import { gather } from '../picture/facts';
import type { IAnalysis, IPlacement } from '../protocol';
import { CellItem } from './CellItem';
import { Picture } from './Picture';
import { Section } from './Section';
import { WindowedList } from './WindowedList';

export interface IWhereCodeRunsProps {
  readonly analysis: IAnalysis;
  readonly inspection: Pick<IInspection, 'title' | 'kernelState' | 'outdated'>;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** What of the notebook runs where: a picture, and the same as a list with the reasons. */
export function WhereCodeRuns(props: IWhereCodeRunsProps): React.JSX.Element {
  const { analysis, inspection, reveal, trans } = props;
  const pieces = useMemo(() => piecesByCell(analysis.placement), [analysis.placement]);
  const { kernelState, outdated } = inspection;
  const sent = kernelState?.sent;
  const proven = useMemo(() => {
    const facts = gather(analysis, sent ?? [], outdated);
    return analysis.shipped.some(shipped => facts.standingOfShipped(shipped) === 'verified');
  }, [analysis, sent, outdated]);
  return (
    <Section
      title={trans.__('Where code runs')}
      aside={proven ? trans.__('predicted · verified') : trans.__('predicted from source')}
    >
      <p role="status" className="jp-odps-summary">
        {summary(analysis, trans)}
      </p>
      <Picture
        analysis={analysis}
        state={kernelState}
        outdated={outdated}
        title={inspection.title}
        reveal={reveal}
        trans={trans}
      />
      <details className="jp-odps-as-list">
        <summary>{trans.__('As a list, with the reasons')}</summary>
        <WindowedList
          items={analysis.cells}
          keyOf={cell => cell.id}
          estimate={58}
          className="jp-odps-cells"
          label={trans.__('Cells')}
        >
          {cell => (
            <CellItem
              cell={cell}
              pieces={pieces.get(cell.index) ?? NO_PIECES}
              reveal={reveal}
              trans={trans}
            />
          )}
        </WindowedList>
      </details>
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
