/** What the kernel says of runs: under way, ended, earlier; read as `protocol.ts` reads all that comes from outside. */

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

export type Backend = 'pandas' | 'maxcompute';
export const BACKENDS: readonly Backend[] = ['pandas', 'maxcompute'];

/** How a run stands; `dry`: nothing of it was to be sent, `lost`: its kernel was killed. */
export type RunStatus = 'running' | 'ok' | 'error' | 'interrupted' | 'stopped' | 'dry' | 'lost';
const STATUSES: readonly RunStatus[] = ['running', 'ok', 'error', 'interrupted', 'stopped', 'dry', 'lost'];

/** A value as JSON says it: decimals, dates and infinities are texts. */
export type Value = string | number | boolean | null | readonly unknown[];

/** One `execute` or `persist` that has ended. */
export interface IExecution {
  readonly backend: Backend;
  readonly operation: string;
  readonly tables: readonly string[];
  readonly functions: readonly string[];
  readonly seconds: number;
  readonly instances: readonly string[];
  readonly rows: number | null;
  readonly persisted: string | null;
  readonly error: string | null;
}

/** Two values that should be the same; where `column` is null a whole row stands on one side only. */
export interface IDifference {
  readonly row: number;
  readonly key: Readonly<Record<string, unknown>>;
  readonly column: string | null;
  readonly pandas: Value;
  readonly executor: Value;
}

/** What pandas and the executor said of one expression. */
export interface IComparison {
  readonly operation: string;
  readonly where: string;
  readonly equal: boolean;
  readonly rows: number;
  /** Values are left out. */
  readonly masked: boolean;
  readonly cause: string | null;
  readonly because: string | null;
  readonly error: string | null;
  readonly columns: readonly string[];
  readonly differences: readonly IDifference[];
}

/** What a job ended with. */
export interface IFailure {
  readonly message: string;
  readonly function: string | null;
  readonly advice: string | null;
  readonly row: Readonly<Record<string, unknown>> | null;
}

/** A `%%odps` cell under way or ended. */
export interface IRun {
  /** The same as in the history; null from a kernel that keeps none. */
  readonly id: string | null;
  readonly number: number;
  readonly backend: Backend;
  readonly connection: string;
  readonly status: RunStatus;
  readonly started: number;
  readonly seconds: number;
  readonly error: string | null;
  /** Id of its cell. */
  readonly cell: string | null;
  readonly background: boolean;
  readonly executions: readonly IExecution[];
  readonly comparisons: readonly IComparison[];
  readonly failures: readonly IFailure[];
}

export interface IStage {
  readonly name: string;
  readonly running: number;
  readonly ended: number;
  readonly workers: number;
  readonly fraction: number;
}

export interface IJob {
  readonly instance: string;
  readonly project: string;
}

export interface ILiveJob extends IJob {
  readonly running: boolean;
  readonly stages: readonly IStage[];
}

/** An execution under way. */
export interface ILive {
  readonly key: number;
  /** Number of its run; null in a plain cell. */
  readonly run: number | null;
  readonly backend: Backend;
  readonly operations: readonly string[];
  readonly functions: readonly string[];
  readonly started: number;
  readonly status: string;
  readonly fraction: number;
  readonly stopping: boolean;
  readonly jobs: readonly ILiveJob[];
}

/** A run as the history keeps it. */
export interface IPastRun {
  readonly id: string;
  readonly number: number;
  readonly cell: string | null;
  readonly started: number;
  readonly seconds: number | null;
  readonly status: RunStatus;
  readonly background: boolean;
  readonly backend: Backend;
  readonly connection: string;
  readonly rows: number | null;
  /** Bytes that its jobs read; null where it is not known. */
  readonly input: number | null;
  readonly error: string | null;
  readonly jobs: readonly IJob[];
  /** Whether it is this kernel's own. */
  readonly here: boolean;
}

export interface IHistory {
  /** Whether it outlives the kernel. */
  readonly kept: boolean;
  readonly runs: readonly IPastRun[];
}

/** Read a run of the state. */
export function readRun(run: Fields): IRun {
  return {
    id: optionalText(run, 'id'),
    number: number(run, 'number'),
    backend: oneOf(run, 'backend', BACKENDS),
    connection: optionalText(run, 'connection') ?? '',
    status: oneOf(run, 'status', STATUSES),
    started: optionalNumber(run, 'started') ?? 0,
    seconds: number(run, 'seconds'),
    error: optionalText(run, 'error'),
    cell: optionalText(run, 'cell_id'),
    background: run.background === true,
    executions: optionalList(run, 'executions', readExecution),
    comparisons: optionalList(run, 'comparisons', readComparison),
    failures: optionalList(run, 'failures', readFailure)
  };
}

/** Read an execution under way. */
export function readLive(live: Fields): ILive {
  return {
    key: number(live, 'key'),
    run: typeof live.run === 'number' ? live.run : null,
    backend: oneOf(live, 'backend', BACKENDS),
    operations: texts(live, 'operations'),
    functions: texts(live, 'functions'),
    started: number(live, 'started'),
    status: text(live, 'status'),
    fraction: Math.min(1, Math.max(0, number(live, 'fraction'))),
    stopping: live.stopping === true,
    jobs: optionalList(live, 'jobs', job => ({
      ...readJob(job),
      running: job.status !== 'ended',
      stages: optionalList(job, 'stages', readStage)
    }))
  };
}

/** Read the result of the request `history`. */
export function readHistory(value: unknown): IHistory {
  const result = fields(value, 'result');
  return { kept: result.kept === true, runs: list(result, 'runs', readPastRun) };
}

/** Read the result of the request `logview`: an address that may be opened, null for anything else. */
export function readLink(value: unknown): string | null {
  const url = isFields(value) && typeof value.url === 'string' ? value.url : '';
  return /^https?:\/\//.test(url) ? url : null;
}

function readExecution(execution: Fields): IExecution {
  return {
    backend: oneOf(execution, 'backend', BACKENDS),
    operation: text(execution, 'operation'),
    tables: texts(execution, 'tables'),
    functions: texts(execution, 'functions'),
    seconds: number(execution, 'seconds'),
    instances: texts(execution, 'instances'),
    rows: optionalNumber(execution, 'rows'),
    persisted: optionalText(execution, 'persisted'),
    error: optionalText(execution, 'error')
  };
}

function readComparison(comparison: Fields): IComparison {
  return {
    operation: text(comparison, 'operation'),
    where: text(comparison, 'where'),
    equal: comparison.equal === true,
    rows: number(comparison, 'rows'),
    masked: comparison.masked === true,
    cause: optionalText(comparison, 'cause'),
    because: optionalText(comparison, 'because'),
    error: optionalText(comparison, 'error'),
    columns: texts(comparison, 'columns'),
    differences: optionalList(comparison, 'differences', readDifference)
  };
}

function readDifference(difference: Fields): IDifference {
  return {
    row: number(difference, 'row'),
    key: isFields(difference.key) ? difference.key : {},
    column: optionalText(difference, 'column'),
    pandas: readValue(difference.pandas),
    executor: readValue(difference.executor)
  };
}

function readFailure(failure: Fields): IFailure {
  return {
    message: text(failure, 'message'),
    function: optionalText(failure, 'function'),
    advice: optionalText(failure, 'advice'),
    row: isFields(failure.row) ? failure.row : null
  };
}

function readStage(stage: Fields): IStage {
  return {
    name: text(stage, 'name'),
    running: number(stage, 'running'),
    ended: number(stage, 'ended'),
    workers: number(stage, 'workers'),
    fraction: number(stage, 'fraction')
  };
}

function readPastRun(run: Fields): IPastRun {
  return {
    id: text(run, 'id'),
    number: number(run, 'number'),
    cell: optionalText(run, 'cell_id'),
    started: number(run, 'started'),
    seconds: optionalNumber(run, 'seconds'),
    status: oneOf(run, 'status', STATUSES),
    background: run.background === true,
    backend: oneOf(run, 'backend', BACKENDS),
    connection: optionalText(run, 'connection') ?? '',
    rows: optionalNumber(run, 'rows'),
    input: isFields(run.cost) ? optionalNumber(run.cost, 'input') : null,
    error: optionalText(run, 'error'),
    jobs: optionalList(run, 'jobs', readJob),
    here: run.here === true
  };
}

function readJob(job: Fields): IJob {
  return { instance: text(job, 'instance'), project: text(job, 'project') };
}

/** Values of rows are anything JSON has; an object, which none should be, is shown as its text. */
function readValue(value: unknown): Value {
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return Array.isArray(value) ? value : JSON.stringify(value);
}
