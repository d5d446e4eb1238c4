import type { Fields } from './fields';
import { fields, isFields, list, number, oneOf, text, texts } from './fields';

export type Severity = 'error' | 'warning' | 'information' | 'hint';
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

/** A stretch of a cell: lines from 0, columns in UTF-16 units, the end behind the last character. */
export interface ISpan {
  readonly cell: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** `text` takes the place of what stands in the span. */
export interface IEdit extends ISpan {
  readonly text: string;
}

export interface IFix {
  readonly title: string;
  /** Changes nothing but what is diagnosed: may be applied unseen. */
  readonly safe: boolean;
  readonly edits: readonly IEdit[];
}

/** What was seen to fail on the executor. */
export interface IProof {
  readonly by: 'preflight' | 'job';
  /** The user's name of what failed; null where it is not known. */
  readonly function: string | null;
  readonly message: string;
  /** The id of the cell that ran; null where the kernel was not told. */
  readonly ran: string | null;
}

/** One thing that will go wrong, or mean something else. */
export interface IDiagnostic extends ISpan {
  readonly code: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly message: string;
  readonly functions: readonly string[];
  readonly fix: IFix | null;
  /** Writes the comment that silences it where it stands; null where no comment can stand. */
  readonly ignore: IEdit | null;
  /** What proves it; null where it is predicted. */
  readonly proof: IProof | null;
}

export type Outcome = 'ok' | 'error' | 'unknown';

/** How the notebook ends on each backend. */
export interface IPrediction {
  readonly pandas: Outcome;
  readonly executor: Outcome;
}

export function readDiagnostic(item: Fields): IDiagnostic {
  return {
    ...readSpan(item),
    code: text(item, 'code'),
    kind: text(item, 'kind'),
    severity: oneOf(item, 'severity', SEVERITIES),
    message: text(item, 'message'),
    functions: texts(item, 'functions'),
    fix: item.fix === null || item.fix === undefined ? null : readFix(fields(item.fix, 'fix')),
    ignore:
      item.ignore === null || item.ignore === undefined ? null : readEdit(fields(item.ignore, 'ignore')),
    proof: null
  };
}

/** Null where the answer says nothing of it. */
export function readPrediction(value: unknown): IPrediction | null {
  if (!isFields(value)) {
    return null;
  }
  const outcomes = ['ok', 'error', 'unknown'] as const;
  return { pandas: oneOf(value, 'pandas', outcomes), executor: oneOf(value, 'executor', outcomes) };
}

function readFix(fix: Fields): IFix {
  return {
    title: text(fix, 'title'),
    safe: fix.safe === true,
    edits: list(fix, 'edits', readEdit)
  };
}

function readEdit(edit: Fields): IEdit {
  return { ...readSpan(edit), text: text(edit, 'text') };
}

function readSpan(span: Fields): ISpan {
  return {
    cell: number(span, 'cell'),
    line: number(span, 'line'),
    column: number(span, 'column'),
    endLine: number(span, 'end_line'),
    endColumn: number(span, 'end_column')
  };
}
