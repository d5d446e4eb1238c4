/**
 * What crosses between this front end, the Jupyter server and the kernel, and the only place that knows its spelling.
 *
 * Everything read from outside passes through a `read...` function: what is unknown is ignored, what is missing or of
 * another type is a {@link ProtocolError}, another major version a {@link VersionError}. Positions count lines from 0
 * and columns in UTF-16 units, as the editor does.
 */

import type { IDiagnostic, IPrediction } from './diagnostics';
import { readDiagnostic, readPrediction } from './diagnostics';
import type { Fields } from './fields';
import { fields, isFields, list, number, oneOf, optionalText, text, texts, versioned } from './fields';
import type { IKernelState } from './kernelState';
import { readKernelState } from './kernelState';

export type { Backend, IRun } from './runs';
export { BACKENDS } from './runs';
export type { IConnection, IKernelState, IProfile, IUnsubmitted } from './kernelState';
export type { IDiagnostic, IEdit, IFix, IPrediction, Severity } from './diagnostics';
export { ProtocolError, VERSION, VersionError } from './fields';

export const REQUEST_TARGET = 'odps_jupyter:request';
export const EVENTS_TARGET = 'odps_jupyter:events';

export type Side = 'local' | 'executor' | 'both';

export interface ICellError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A stretch of whole lines, both ends included, that runs on one side. */
export interface IRegion {
  readonly startLine: number;
  readonly endLine: number;
  readonly side: Side;
  readonly name: string;
  readonly kind: string;
  readonly reason: string;
}

/** A function, class or lambda, and the side it runs on. */
export interface IPlacement {
  readonly cell: number;
  readonly line: number;
  readonly endLine: number;
  readonly name: string;
  readonly kind: string;
  readonly side: Side;
  readonly reason: string;
}

export interface ICellView {
  readonly id: string;
  readonly index: number;
  readonly error: ICellError | null;
  readonly sets: readonly string[];
  readonly imports: readonly string[];
  readonly calls: readonly string[];
  readonly regions: readonly IRegion[];
}

export interface ICall {
  readonly cell: number;
  readonly line: number;
  readonly method: string;
  readonly role: string;
}

export interface IPlace {
  readonly cell: number;
  readonly line: number;
}

/** A place that sets a name after its value travelled. */
export interface ILaterSet extends IPlace {
  /** Whether that cell has run since; else it is still to be run. */
  readonly ran: boolean;
}

/** Something a shipped callable needs on the executor; what is not known of it is null. */
export interface INeed {
  readonly name: string;
  /** Where a module or a captured name is used, and where a function is defined. */
  readonly at: IPlace | null;
  /** Of a module: bound inside the callable or outside it. */
  readonly bound: string | null;
  /** Of a captured name: where it gets the value that travels. */
  readonly set: IPlace | null;
  /** Of a captured name: where it got the value it had at the call, if that is another one. */
  readonly setAtCall: IPlace | null;
  /** Of a captured name, where the order of the runs is known: what set it after it travelled, or will. */
  readonly setLater: readonly ILaterSet[];
}

/** A callable handed to the executor, with all it needs there. */
export interface IShipped {
  readonly cell: number;
  readonly line: number;
  readonly name: string;
  readonly imports: readonly INeed[];
  readonly captures: readonly INeed[];
  readonly functions: readonly INeed[];
  readonly calls: readonly ICall[];
}

/** What the server's analysis says of one notebook. */
export interface IAnalysis {
  readonly cells: readonly ICellView[];
  readonly placement: readonly IPlacement[];
  readonly shipped: readonly IShipped[];
  readonly diagnostics: readonly IDiagnostic[];
  /** How the notebook ends on each backend; null from a server that does not say. */
  readonly prediction: IPrediction | null;
}

/** A state, and what stands beside it. */
export interface IToldState {
  /** Counts what the kernel says. */
  readonly sequence: number;
  readonly state: IKernelState;
  /** Whether the kernel takes requests on its control channel as well. */
  readonly control: boolean;
}

/** An event of the kernel: its whole state, or that the extension was unloaded there. */
export type KernelEvent = (IToldState & { readonly event: 'state' }) | { readonly event: 'closed' };

/** The kernel's refusal of a request, in words for the user. */
export class RequestError extends Error {
  override name = 'RequestError';

  constructor(
    message: string,
    readonly hint: string | null = null,
    options: ErrorOptions = {}
  ) {
    super(message, options);
  }
}

/** Read the server's answer to `POST /odps-jupyter/analyze`. */
export function readAnalysis(value: unknown): IAnalysis {
  const answer = versioned(value);
  return {
    cells: list(answer, 'cells', readCell),
    placement: list(answer, 'placement', readPlacement),
    shipped: list(answer, 'shipped', readShipped),
    diagnostics: list(answer, 'diagnostics', readDiagnostic),
    prediction: readPrediction(answer.prediction)
  };
}

/** A rule's page, in Markdown. */
export interface IRulePage {
  readonly kind: string;
  readonly markdown: string;
}

/** Read the server's answer to `GET /odps-jupyter/rules/KIND`. */
export function readRulePage(value: unknown): IRulePage {
  const answer = versioned(value);
  return { kind: text(answer, 'kind'), markdown: text(answer, 'markdown') };
}

/** Read the data of a message on the events comm; null for an event of a kind not known here. */
export function readEvent(value: unknown): KernelEvent | null {
  const message = versioned(value, [1, 2]);
  switch (text(message, 'event')) {
    case 'state':
      // What version 1 called `state` is taken for a widget's by programs that execute notebooks.
      return { event: 'state', ...readTold(message, message.version === 1 ? 'state' : 'snapshot') };
    case 'closed':
      return { event: 'closed' };
    default:
      return null;
  }
}

/** Read the data of a reply on the request comm: its id and either the result or why there is none. */
export function readReply(
  value: unknown
): { id: string; result: unknown } | { id: string; error: RequestError } {
  const reply = versioned(value);
  const id = text(reply, 'id');
  if (reply.error === undefined) {
    return { id, result: reply.result };
  }
  const error = fields(reply.error, 'error');
  return { id, error: new RequestError(text(error, 'message'), optionalText(error, 'hint')) };
}

/** A run of a cell in the kernel; what the kernel does not know, or said of a later run already, is null. */
export interface IRunOfCell {
  readonly id: string | null;
  readonly source: string | null;
}

/** What ran in the kernel, and what its names hold: passed on to the server as it came. */
export interface IKernelFacts {
  readonly runs: readonly IRunOfCell[];
  readonly names: Fields;
  /** Whether its functions travel as source. */
  readonly source: boolean;
}

/** Read the result of the request `facts`. */
export function readFacts(value: unknown): IKernelFacts {
  const result = fields(value, 'result');
  return {
    runs: list(result, 'runs', run => ({ id: optionalText(run, 'id'), source: optionalText(run, 'source') })),
    names: fields(result.names, 'names'),
    source: result.source === true
  };
}

/** Read the result of the request `state`. */
export function readStateResult(value: unknown): IToldState {
  return readTold(fields(value, 'result'), 'state');
}

function readTold(told: Fields, key: 'state' | 'snapshot'): IToldState {
  return {
    sequence: number(told, 'sequence'),
    state: readKernelState(told[key], key),
    control: told.control === true
  };
}

function readCell(cell: Fields): ICellView {
  const summary = fields(cell.summary ?? {}, 'summary');
  return {
    id: text(cell, 'id'),
    index: number(cell, 'index'),
    error:
      cell.error === null || cell.error === undefined ? null : readCellError(fields(cell.error, 'error')),
    sets: texts(summary, 'sets'),
    imports: texts(summary, 'imports'),
    calls: texts(summary, 'calls'),
    regions: list(cell, 'regions', region => ({
      startLine: number(region, 'start_line'),
      endLine: number(region, 'end_line'),
      side: side(region),
      name: text(region, 'name'),
      kind: text(region, 'kind'),
      reason: text(region, 'reason')
    }))
  };
}

function readCellError(error: Fields): ICellError {
  return { line: number(error, 'line'), column: number(error, 'column'), message: text(error, 'message') };
}

function readPlacement(piece: Fields): IPlacement {
  return {
    cell: number(piece, 'cell'),
    line: number(piece, 'line'),
    endLine: number(piece, 'end_line'),
    name: text(piece, 'name'),
    kind: text(piece, 'kind'),
    side: side(piece),
    reason: text(piece, 'reason')
  };
}

function readShipped(shipped: Fields): IShipped {
  const details = isFields(shipped.details) ? shipped.details : {};
  const needs = (kind: string): INeed[] => {
    const known = details[kind];
    return texts(shipped, kind).map(name => readNeed(name, isFields(known) ? known[name] : undefined));
  };
  return {
    cell: number(shipped, 'cell'),
    line: number(shipped, 'line'),
    name: text(shipped, 'name'),
    imports: needs('imports'),
    captures: needs('captures'),
    functions: needs('functions'),
    calls: list(shipped, 'calls', call => ({
      cell: number(call, 'cell'),
      line: number(call, 'line'),
      method: text(call, 'method'),
      role: text(call, 'role')
    }))
  };
}

/** What the details say of a need: read as far as it is there, for the details grow from version to version. */
function readNeed(name: string, known: unknown): INeed {
  const facts = isFields(known) ? known : {};
  return {
    name,
    at: readPlace(facts),
    bound: typeof facts.bound === 'string' ? facts.bound : null,
    set: readPlace(facts.set),
    setAtCall: readPlace(facts.set_at_call),
    setLater: Array.isArray(facts.set_later) ? facts.set_later.flatMap(readLater) : []
  };
}

function readLater(value: unknown): ILaterSet[] {
  const place = readPlace(value);
  return place && isFields(value) ? [{ ...place, ran: value.ran === true }] : [];
}

function readPlace(value: unknown): IPlace | null {
  return isFields(value) && typeof value.cell === 'number' && typeof value.line === 'number'
    ? { cell: value.cell, line: value.line }
    : null;
}

function side(value: Fields): Side {
  return oneOf(value, 'side', ['local', 'executor', 'both'] as const);
}
