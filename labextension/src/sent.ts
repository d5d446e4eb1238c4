/** What the kernel says of the functions that were sent, read as `protocol.ts` reads all that comes from outside. */

import type { IAnalysis, IShipped } from './protocol';
import type { Fields } from './fields';
import {
  fields,
  isFields,
  list,
  number,
  oneOf,
  optionalList,
  optionalNumber,
  optionalText,
  text,
  texts
} from './fields';

/** A name that travelled with a function. */
export interface ISentCapture {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly by: 'value' | 'reference';
  /** Whether the name holds another value by now; null where that is not known. */
  readonly changed: boolean | null;
}

/** A module that a function needs, and where the executor finds it. */
export interface ISentModule {
  readonly name: string;
  readonly kind: string;
  readonly detail: string;
}

/** How a function failed last, on its job. */
export interface ISentFailure {
  readonly message: string;
  readonly cell: string | null;
  readonly line: number | null;
  /** The values it was called with; their types alone where the kernel masks. */
  readonly row: string | null;
  readonly advice: string | null;
}

/** A function, lambda or class that travelled as code. */
export interface ISentPiece {
  readonly name: string;
  /** Id of its cell; null where it is in none. */
  readonly cell: string | null;
  /** Its own lines; null where they are not known. */
  readonly source: string | null;
  /** Whether the last run of its cell holds these lines; null from a kernel that does not know or say it. */
  readonly stands: boolean | null;
}

/** A function as it was sent last. */
export interface ISentFunction {
  /** Number of the job, and the function's place in it: what the request `opened` takes. */
  readonly job: number;
  readonly function: number;
  readonly name: string;
  /** Id of the cell it is defined in, and the line from 0. */
  readonly cell: string | null;
  readonly line: number | null;
  readonly planned: boolean;
  readonly project: string;
  readonly instance: string | null;
  readonly libraries: readonly string[];
  readonly udf: string;
  readonly signature: string;
  readonly size: number;
  readonly form: string;
  readonly modules: readonly ISentModule[];
  readonly resources: readonly string[];
  readonly unread: string | null;
  readonly captures: readonly ISentCapture[];
  /** The callable and what it took along; none from a kernel that does not say. */
  readonly pieces: readonly ISentPiece[];
  readonly failure: ISentFailure | null;
}

/** A line that was seen to fail on the executor. */
export interface IFinding {
  readonly by: 'preflight' | 'job';
  readonly function: string | null;
  readonly cell: string | null;
  readonly line: number | null;
  /** The line itself, as it was. */
  readonly text: string;
  readonly kind: string | null;
  readonly message: string;
  /** The id of the cell that ran. */
  readonly ran: string | null;
}

export interface ISent {
  readonly functions: readonly ISentFunction[];
  readonly findings: readonly IFinding[];
}

/** The texts of a function that was sent. */
export interface IOpened {
  readonly headline: string;
  readonly listing: string;
  readonly udf: string;
  readonly sql: string;
}

/**
 * As which a callable was sent last: the one that was defined in its cell under its name.
 *
 * Where several have that name, it is the one in its place; one alone may have been moved by lines above it.
 */
export function sentOf(shipped: IShipped, analysis: IAnalysis, sent: ISent | null): ISentFunction | null {
  const cell = analysis.cells[shipped.cell]?.id;
  const found = sent?.functions.filter(one => one.cell === cell && one.name === shipped.name) ?? [];
  const alone =
    analysis.shipped.filter(one => one.cell === shipped.cell && one.name === shipped.name).length === 1;
  return found.find(one => one.line === shipped.line) ?? (alone ? found[0] : undefined) ?? null;
}

/** Read the result of the request `sent`. */
export function readSent(value: unknown): ISent {
  const result = fields(value, 'result');
  return {
    functions: list(result, 'functions', readFunction),
    findings: list(result, 'findings', readFinding)
  };
}

/** Read the result of the request `opened`. */
export function readOpened(value: unknown): IOpened {
  const result = fields(value, 'result');
  return {
    headline: text(result, 'headline'),
    listing: text(result, 'listing'),
    udf: text(result, 'udf'),
    sql: text(result, 'sql')
  };
}

function readFunction(sent: Fields): ISentFunction {
  return {
    job: number(sent, 'job'),
    function: number(sent, 'function'),
    name: text(sent, 'name'),
    cell: optionalText(sent, 'cell'),
    line: optionalNumber(sent, 'line'),
    planned: sent.standing === 'planned',
    project: text(sent, 'project'),
    instance: optionalText(sent, 'instance'),
    libraries: texts(sent, 'libraries'),
    udf: text(sent, 'udf'),
    signature: text(sent, 'signature'),
    size: number(sent, 'size'),
    form: text(sent, 'form'),
    modules: optionalList(sent, 'modules', module => ({
      name: text(module, 'name'),
      kind: text(module, 'kind'),
      detail: text(module, 'detail')
    })),
    resources: texts(sent, 'resources'),
    unread: optionalText(sent, 'unread'),
    captures: list(sent, 'captures', capture => ({
      name: text(capture, 'name'),
      type: text(capture, 'type'),
      size: number(capture, 'size'),
      by: oneOf(capture, 'by', ['value', 'reference'] as const),
      changed: typeof capture.changed === 'boolean' ? capture.changed : null
    })),
    pieces: optionalList(sent, 'pieces', piece => ({
      name: text(piece, 'name'),
      cell: optionalText(piece, 'cell'),
      source: optionalText(piece, 'source'),
      stands: typeof piece.stands === 'boolean' ? piece.stands : null
    })),
    failure: isFields(sent.failure) ? readFailure(sent.failure) : null
  };
}

function readFailure(failure: Fields): ISentFailure {
  return {
    message: text(failure, 'message'),
    cell: optionalText(failure, 'cell'),
    line: optionalNumber(failure, 'line'),
    row: optionalText(failure, 'row'),
    advice: optionalText(failure, 'advice')
  };
}

function readFinding(finding: Fields): IFinding {
  return {
    by: oneOf(finding, 'by', ['preflight', 'job'] as const),
    function: optionalText(finding, 'function'),
    cell: optionalText(finding, 'cell'),
    line: optionalNumber(finding, 'line'),
    text: text(finding, 'text'),
    kind: optionalText(finding, 'kind'),
    message: text(finding, 'message'),
    ran: optionalText(finding, 'ran')
  };
}
