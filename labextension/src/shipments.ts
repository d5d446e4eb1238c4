import type { Fields } from './fields';
import { isFields } from './fields';

/** A name that a piece of code took along from outside itself. */
export interface ISentCapture {
  readonly name: string;
  readonly type: string;
  /** Bytes in the pickle where it stands first; 0 where an earlier piece brought it. */
  readonly size: number;
  readonly by: 'value' | 'reference';
}

/** One function, lambda or class that travelled as code; its line from 0. */
export interface ISentPiece {
  readonly name: string;
  readonly line: number;
  readonly captures: readonly ISentCapture[];
}

/** One generated UDF: the callable first, then the code it took along. */
export interface ISentFunction {
  readonly name: string;
  /** Bytes of its pickle. */
  readonly size: number;
  readonly pieces: readonly ISentPiece[];
  /**
   * How its job ended for it, `unfinished` where that was stopped or ended by another function; null while it goes on,
   * and where that is not known.
   */
  readonly outcome: Outcome | null;
}

export type Outcome = 'ok' | 'failed' | 'unfinished';
const OUTCOMES: readonly Outcome[] = ['ok', 'failed', 'unfinished'];

/** What one SQL job took along: sent, or only compiled in a dry run. */
export interface ISent {
  readonly standing: 'verified' | 'planned';
  readonly libraries: readonly string[];
  readonly functions: readonly ISentFunction[];
}

/** Read what was sent, as far as the kernel says it: an older one says nothing, a newer one more. */
export function readSent(value: unknown): ISent[] {
  return items(value).map(sent => ({
    standing: sent.standing === 'verified' ? 'verified' : 'planned',
    libraries: Array.isArray(sent.libraries) ? sent.libraries.filter(name => typeof name === 'string') : [],
    functions: items(sent.functions).flatMap(readFunction)
  }));
}

function readFunction(value: Fields): ISentFunction[] {
  const { name, size } = value;
  if (typeof name !== 'string' || typeof size !== 'number') {
    return [];
  }
  const pieces = items(value.pieces).flatMap(piece =>
    typeof piece.name === 'string' && typeof piece.line === 'number'
      ? [{ name: piece.name, line: piece.line, captures: items(piece.captures).flatMap(readCapture) }]
      : []
  );
  return [{ name, size, pieces, outcome: OUTCOMES.find(each => each === value.outcome) ?? null }];
}

function readCapture(value: Fields): ISentCapture[] {
  const { name, type, size } = value;
  return typeof name === 'string' && typeof type === 'string' && typeof size === 'number'
    ? [{ name, type, size, by: value.by === 'reference' ? 'reference' : 'value' }]
    : [];
}

function items(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** Where a callable stands, as the analysis names it. */
interface ICallable {
  readonly name: string;
  readonly line: number;
}

/**
 * What was sent last of a callable; null if nothing was.
 *
 * The kernel knows functions by name and line and not by cell: where two have one name, the line decides.
 */
export function lastSent(
  sent: readonly ISent[],
  callable: ICallable,
  all: readonly ICallable[]
): { readonly job: ISent; readonly function: ISentFunction } | null {
  if (sent.length === 0) {
    return null;
  }
  const alone = all.filter(other => other.name === callable.name).length <= 1;
  for (const job of [...sent].reverse()) {
    for (const each of job.functions) {
      if (each.name === callable.name && (alone || each.pieces[0]?.line === callable.line)) {
        return { job, function: each };
      }
    }
  }
  return null;
}

/** A captured name as it travelled with a function; null if it did not. */
export function captureOf(sent: ISentFunction, name: string): ISentCapture | null {
  const found = sent.pieces.flatMap(piece => piece.captures).filter(capture => capture.name === name);
  // It lies in the pickle once, with the piece that comes first.
  return found.find(capture => capture.size > 0) ?? found[0] ?? null;
}
