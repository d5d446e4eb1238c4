import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { SEVERITIES } from '../diagnostics';
import type { ICellView, IDiagnostic } from '../protocol';
import { cellName, severityName } from './words';

/** The problems of one cell. */
export interface IGroup {
  readonly item: null;
  readonly cell: number;
  readonly id: string;
  readonly problems: readonly IDiagnostic[];
  readonly open: boolean;
}

/** A row of the list: the heading of a cell's problems, or one of them. */
export type Row = IGroup | { readonly item: IDiagnostic; readonly key: string };

/**
 * The rows of the problems, cell by cell in the order of the notebook.
 *
 * @param folded ids of the cells whose problems are not to be seen.
 */
export function grouped(
  problems: readonly IDiagnostic[],
  cells: readonly ICellView[],
  folded: ReadonlySet<string>
): readonly Row[] {
  const byCell = new Map<number, IDiagnostic[]>();
  for (const item of problems) {
    const own = byCell.get(item.cell);
    if (own) {
      own.push(item);
    } else {
      byCell.set(item.cell, [item]);
    }
  }
  return Array.from(byCell)
    .sort(([one], [other]) => one - other)
    .flatMap(([cell, own]): Row[] => {
      const id = cells[cell]?.id ?? String(cell);
      const open = !folded.has(id);
      const rows = open
        ? own.map((item, index) => ({
            item,
            key: `${id}:${item.line}:${item.column}:${item.kind}:${index}`
          }))
        : [];
      return [{ item: null, cell, id, problems: own, open }, ...rows];
    });
}

export function rowKey(row: Row): string {
  return row.item ? row.key : row.id;
}

/** The heading of a cell's problems: it folds them. */
export function ProblemGroup(props: {
  readonly group: IGroup;
  readonly toggle: (id: string) => void;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { group, toggle, trans } = props;
  return (
    <h3 className="jp-odps-problem-group">
      <button
        type="button"
        aria-expanded={group.open}
        onClick={() => {
          toggle(group.id);
        }}
      >
        <span>{cellName(trans, group.cell)}</span>
        <span className="jp-odps-secondary">{countWords(group.problems, trans)}</span>
      </button>
    </h3>
  );
}

/** How many of each severity, the worst first. */
function countWords(problems: readonly IDiagnostic[], trans: TranslationBundle): string {
  return SEVERITIES.map(
    severity => [severity, problems.filter(item => item.severity === severity).length] as const
  )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${severityName(trans, severity)} ${count}`)
    .join(' · ');
}
