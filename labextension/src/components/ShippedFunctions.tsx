import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useCallback } from 'react';

import type { IInspection } from '../inspection';
import type { IAnalysis, IShipped, IUnsubmitted } from '../protocol';
import { rewritten } from '../rewritten';
import { sentOf } from '../sent';
import { Section } from './Section';
import { ShippedItem } from './ShippedItem';
import { WindowedList } from './WindowedList';

export interface IShippedFunctionsProps {
  readonly analysis: IAnalysis;
  readonly inspection: Pick<IInspection, 'sent' | 'open' | 'sources' | 'edited' | 'kernelState'>;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** Each callable handed to the executor, with what it needs there and what was sent of it. */
export function ShippedFunctions(props: IShippedFunctionsProps): React.JSX.Element {
  const { analysis, inspection, trans } = props;
  const open = useCallback((job: number, at: number) => inspection.open(job, at), [inspection]);
  return (
    <Section title={trans.__('Shipped functions')} count={analysis.shipped.length}>
      {analysis.shipped.length === 0 ? (
        <p className="jp-odps-secondary">
          {trans.__('No function is handed to the executor by map, apply, agg or map_reduce.')}
        </p>
      ) : (
        <WindowedList
          items={analysis.shipped}
          keyOf={shippedKey}
          estimate={110}
          className="jp-odps-shipped"
          label={trans.__('Shipped functions')}
        >
          {shipped => {
            const sent = sentOf(shipped, analysis, inspection.sent);
            return (
              <ShippedItem
                {...props}
                shipped={shipped}
                sent={sent}
                rewritten={sent ? rewritten(sent, analysis, inspection.sources, inspection.edited) : []}
                unsubmitted={named(shipped, analysis, inspection.kernelState?.unsubmitted ?? [])}
                open={open}
              />
            );
          }}
        </WindowedList>
      )}
    </Section>
  );
}

/** The resources that are named where a callable is defined or handed over, or for all jobs. */
function named(
  shipped: IShipped,
  analysis: IAnalysis,
  unsubmitted: readonly IUnsubmitted[]
): readonly IUnsubmitted[] {
  const cells = [shipped.cell, ...shipped.calls.map(call => call.cell)].map(at => analysis.cells[at]?.id);
  return unsubmitted.filter(one => one.cell === null || cells.includes(one.cell));
}

function shippedKey(shipped: IShipped, index: number): string {
  return `${shipped.cell}:${shipped.line}:${shipped.name}:${index}`;
}
