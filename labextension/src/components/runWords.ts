import type { TranslationBundle } from '@jupyterlab/translation';

import type { IComparison, IExecution, ILive, ILiveJob, IStage, RunStatus, Value } from '../runs';

/** Everything the panel says about runs, in one place and translatable. */

/** A sign beside the word, so that neither colour nor language alone says it. */
export const STATUS_SIGNS: Readonly<Record<RunStatus, string>> = {
  running: '▶',
  ok: '✓',
  error: '✗',
  interrupted: '■',
  stopped: '■',
  dry: '○',
  lost: '?'
};

export function statusName(trans: TranslationBundle, status: RunStatus): string {
  switch (status) {
    case 'running':
      return trans.__('running');
    case 'ok':
      return trans.__('done');
    case 'error':
      return trans.__('failed');
    case 'interrupted':
      return trans.__('interrupted');
    case 'stopped':
      return trans.__('stopped');
    case 'dry':
      return trans.__('dry run');
    case 'lost':
      return trans.__('its kernel ended');
  }
}

/** `8.4 s`, `75 s`, `12 min`. */
export function duration(trans: TranslationBundle, seconds: number): string {
  if (seconds < 120) {
    return trans.__('%1 s', seconds.toFixed(seconds < 10 ? 1 : 0));
  }
  return seconds < 7200
    ? trans.__('%1 min', String(Math.round(seconds / 60)))
    : trans.__('%1 h', (seconds / 3600).toFixed(1));
}

/** When it began: the time today, else the day too. */
export function clock(started: number, now: Date = new Date()): string {
  const then = new Date(started * 1000);
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  return then.toDateString() === now.toDateString()
    ? then.toLocaleTimeString(undefined, time)
    : then.toLocaleString(undefined, { month: 'short', day: 'numeric', ...time });
}

/** Bytes, such as `1.2 kB`. */
export function bytes(trans: TranslationBundle, count: number): string {
  if (count < 1000) {
    return trans._n('%1 byte', '%1 bytes', count);
  }
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(1)} ${units[power - 1] ?? ''}`;
}

export function rows(trans: TranslationBundle, count: number): string {
  return trans._n('%1 row', '%1 rows', count);
}

export function percent(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`;
}

/** What an execution under way does. */
export function liveDetail(trans: TranslationBundle, live: ILive): string {
  const what = live.operations.join(', ') || trans.__('an execution');
  return live.functions.length > 0 ? trans.__('%1 with %2', what, live.functions.join(', ')) : what;
}

export function jobName(trans: TranslationBundle, job: ILiveJob, index: number): string {
  return job.running ? trans.__('Job %1', index + 1) : trans.__('Job %1, ended', index + 1);
}

/** `M1 3/4 workers`; a stage that nobody works on waits. */
export function stageDetail(trans: TranslationBundle, stage: IStage): string {
  if (stage.workers > 0 && stage.ended >= stage.workers) {
    return trans.__('%1: done', stage.name);
  }
  if (stage.running === 0 && stage.ended === 0) {
    return trans.__('%1: waits', stage.name);
  }
  return trans.__(
    '%1: %2 of %3 workers done, %4 at work',
    stage.name,
    stage.ended,
    stage.workers,
    stage.running
  );
}

export function executionDetail(trans: TranslationBundle, execution: IExecution): string {
  const said = [execution.operation];
  if (execution.functions.length > 0) {
    said.push(trans.__('with %1', execution.functions.join(', ')));
  }
  if (execution.tables.length > 0) {
    said.push(trans.__('of %1', execution.tables.join(', ')));
  }
  if (execution.persisted !== null) {
    said.push(trans.__('into %1', execution.persisted));
  }
  return said.join(' ');
}

export function executionEnd(trans: TranslationBundle, execution: IExecution): string {
  const said = [duration(trans, execution.seconds)];
  if (execution.rows !== null) {
    said.unshift(rows(trans, execution.rows));
  }
  return said.join(', ');
}

/** One sentence on how the two sides compare. */
export function comparisonHeadline(trans: TranslationBundle, one: IComparison): string {
  if (one.error !== null) {
    return trans.__(
      '%1 ran on pandas and failed on the executor (%2): %3',
      one.operation,
      one.where,
      one.error
    );
  }
  return one.equal
    ? trans.__(
        '%1: equal on pandas and on the executor (%2), %3',
        one.operation,
        one.where,
        rows(trans, one.rows)
      )
    : trans.__(
        '%1: differs between pandas and the executor (%2), %3',
        one.operation,
        one.where,
        rows(trans, one.rows)
      );
}

export function cause(trans: TranslationBundle, one: IComparison): string {
  return one.cause === null
    ? trans.__('Probable cause: unknown.')
    : trans.__('Probable cause: %1. %2', one.cause, one.because ?? '');
}

/** A value of a row; NULL as MaxCompute says it, texts in quotes, so that "1" is not 1. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) {
    return 'NULL';
  }
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

export function rowValues(value: Value): string {
  return Array.isArray(value) ? value.map(shown).join(', ') : shown(value);
}
