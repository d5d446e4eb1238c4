import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IAnalysis, IDiagnostic } from '../protocol';
import type { ICellSource } from '../rest';
import type { IFinding } from '../sent';
import { cellName } from './words';

/** A finding whose line still stands where it was found, by the cell's place in the notebook. */
export interface IPlacedFinding extends IFinding {
  readonly at: { readonly cell: number; readonly line: number };
}

/** The findings whose lines are as they were; what has been edited since is proven no more. */
export function standing(
  findings: readonly IFinding[],
  analysis: IAnalysis,
  sources: readonly ICellSource[]
): IPlacedFinding[] {
  return findings.flatMap(finding => {
    const cell = analysis.cells.findIndex(each => each.id === finding.cell);
    const line = sources[cell]?.source.split('\n')[finding.line ?? -1];
    return line === undefined || finding.line === null || line.trim() !== finding.text.trim()
      ? []
      : [{ ...finding, at: { cell, line: finding.line } }];
  });
}

/** The finding that proves a problem: of the same line, and of its kind where the finding has one. */
export function proofOf(item: IDiagnostic, findings: readonly IPlacedFinding[]): IPlacedFinding | null {
  return (
    findings.find(
      ({ at, kind }) =>
        at.cell === item.cell &&
        at.line === item.line &&
        (kind === null ? item.severity === 'error' || item.severity === 'warning' : kind === item.kind)
    ) ?? null
  );
}

export function proofWords(finding: IFinding, trans: TranslationBundle): string {
  return finding.by === 'preflight' ? trans.__('proven by preflight') : trans.__('proven by a job');
}

/** What failed on the executor and no rule had said: problems all the same. */
export function Unforeseen(props: {
  readonly findings: readonly IPlacedFinding[];
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { findings, reveal, trans } = props;
  return findings.length === 0 ? null : (
    <ul className="jp-odps-unforeseen" aria-label={trans.__('Seen to fail')}>
      {findings.map((finding, index) => (
        <li key={index} className="jp-odps-problem jp-odps-problem-error">
          <button
            type="button"
            className="jp-odps-problem-head"
            onClick={() => {
              reveal(finding.at.cell, finding.at.line);
            }}
          >
            <span className="jp-odps-problem-place">
              <code className="jp-odps-prompt">{cellName(finding.at.cell)}</code>
              <span className="jp-odps-secondary">{trans.__('line %1', finding.at.line + 1)}</span>
              <span className="jp-odps-severity jp-odps-severity-error">{trans.__('error')}</span>
              <span className="jp-odps-proven">{proofWords(finding, trans)}</span>
            </span>
            <span className="jp-odps-message">{finding.message}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
