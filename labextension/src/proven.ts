import type { JSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';

import type { IDiagnostic, IProof } from './diagnostics';
import type { IAnalysis } from './protocol';
import type { ICellSource } from './rest';
import type { IFinding } from './sent';

/** The kind of what failed on the executor and no rule speaks of; it has no page. */
export const SEEN_TO_FAIL = 'seen-to-fail';

/**
 * An analysis with what was seen to fail on the executor: problems that it proves say so, and where no rule had said
 * anything it is a problem of its own.
 *
 * @param findings of the kernel; those whose lines have been edited since are proven no more.
 * @param dismissed keys of the findings that are not to be shown, see {@link findingKey}.
 * @returns the analysis itself where nothing is proven.
 */
export function withProofs(
  analysis: IAnalysis,
  findings: readonly IFinding[],
  dismissed: ReadonlySet<string>,
  sources: readonly ICellSource[]
): IAnalysis {
  const standing = findings
    .filter(finding => !dismissed.has(findingKey(finding)))
    .flatMap(finding => placed(finding, analysis, sources));
  if (standing.length === 0) {
    return analysis;
  }
  const foreseen = new Set<IPlaced>();
  const proven = analysis.diagnostics.map(item => {
    const proof = standing.find(one => proves(one, item));
    if (!proof) {
      return item;
    }
    foreseen.add(proof);
    return { ...item, proof: proofOf(proof.finding) };
  });
  // Several findings may prove one problem.
  const more = standing.filter(
    one => !foreseen.has(one) && !analysis.diagnostics.some(item => proves(one, item))
  );
  return {
    ...analysis,
    diagnostics: [...proven, ...more.map(unforeseen)].sort((a, b) => a.cell - b.cell || a.line - b.line)
  };
}

/** What was proven of one notebook; an analysis stays the same object while nothing else is proven of it. */
export class Proofs {
  of(
    analysis: IAnalysis | null,
    findings: readonly IFinding[],
    sources: readonly ICellSource[]
  ): IAnalysis | null {
    if (!JSONExt.deepEqual(findings as unknown as JSONValue, this._findings as unknown as JSONValue)) {
      this._findings = findings;
    }
    const from = [analysis, this._findings, sources, this._dismissed];
    if (from.some((each, index) => each !== this._from[index])) {
      this._from = from;
      this._proven = analysis && withProofs(analysis, this._findings, this._dismissed, sources);
    }
    return this._proven;
  }

  /** Speak of it no more. */
  dismiss(proof: IProof): void {
    this._dismissed = new Set([...this._dismissed, findingKey(proof)]);
  }

  private _findings: readonly IFinding[] = [];
  private _dismissed: ReadonlySet<string> = new Set();
  /** What the answer was made from. */
  private _from: readonly unknown[] = [];
  private _proven: IAnalysis | null = null;
}

/** Tells a finding from others, and knows it again. */
export function findingKey(finding: IProof): string {
  return JSON.stringify([finding.by, finding.function, finding.message]);
}

interface IPlaced {
  readonly finding: IFinding;
  readonly cell: number;
  readonly line: number;
  /** The line as it stands in the notebook. */
  readonly text: string;
}

function placed(finding: IFinding, analysis: IAnalysis, sources: readonly ICellSource[]): IPlaced[] {
  const cell = analysis.cells.findIndex(each => each.id === finding.cell);
  const text = sources[cell]?.source.split('\n')[finding.line ?? -1];
  return text === undefined || finding.line === null || text.trim() !== finding.text.trim()
    ? []
    : [{ finding, cell, line: finding.line, text }];
}

/** Whether it is of the same line, and of its kind where the finding has one. */
function proves({ finding, cell, line }: IPlaced, item: IDiagnostic): boolean {
  return (
    cell === item.cell &&
    line === item.line &&
    (finding.kind === null
      ? item.severity === 'error' || item.severity === 'warning'
      : finding.kind === item.kind)
  );
}

function proofOf({ by, function: name, message, ran }: IFinding): IProof {
  return { by, function: name, message, ran };
}

/** All of the line that the error names: what of it failed is not known. */
function unforeseen({ finding, cell, line, text }: IPlaced): IDiagnostic {
  return {
    cell,
    line,
    column: text.length - text.trimStart().length,
    endLine: line,
    endColumn: text.trimEnd().length,
    code: '',
    kind: finding.kind ?? SEEN_TO_FAIL,
    severity: 'error',
    message: finding.message,
    functions: finding.function === null ? [] : [finding.function],
    fix: null,
    ignore: null,
    proof: proofOf(finding)
  };
}
