import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IHistory, IJob, IPastRun, IRun } from '../runs';
import type { ICellSource } from '../rest';
import { Compared } from './Compared';
import { Logview } from './LiveRun';
import { PlaceLink } from './PlaceLink';
import {
  bytes,
  clock,
  duration,
  executionDetail,
  executionEnd,
  rows,
  shown,
  STATUS_SIGNS,
  statusName
} from './runWords';
import { backendName, cellName } from './words';

/** A run as the history tells it, with all that this page has heard of it. */
export interface IKnownRun extends Pick<
  IPastRun,
  'status' | 'backend' | 'started' | 'seconds' | 'error' | 'cell'
> {
  readonly key: string;
  readonly number: number | null;
  readonly here: boolean;
  readonly background: boolean;
  readonly rows: number | null;
  readonly input: number | null;
  readonly jobs: readonly IJob[];
  readonly detail: IRun | null;
}

/** The runs of the history and those that only this page knows, newest first. */
export function joined(history: IHistory | null, runs: readonly IRun[]): IKnownRun[] {
  const details = new Map(runs.flatMap(run => (run.id === null ? [] : [[run.id, run] as const])));
  const past = (history?.runs ?? []).map(run => {
    const detail = details.get(run.id) ?? null;
    details.delete(run.id);
    // The history is asked for after the event: what the event says is the later word.
    const ended = detail && detail.status !== 'running' ? detail : null;
    return {
      ...run,
      key: run.id,
      status: ended?.status ?? run.status,
      seconds: ended?.seconds ?? run.seconds,
      error: ended?.error ?? run.error,
      detail
    };
  });
  const heard = runs
    .filter(run => run.id === null || details.has(run.id))
    .map(run => ({
      key: run.id ?? `number ${run.number}`,
      number: run.number,
      status: run.status,
      backend: run.backend,
      started: run.started,
      seconds: run.status === 'running' ? null : run.seconds,
      error: run.error,
      cell: run.cell,
      here: true,
      background: run.background,
      rows: run.executions.at(-1)?.rows ?? null,
      input: null,
      jobs: [],
      detail: run
    }));
  return [...heard, ...past].sort((a, b) => b.started - a.started);
}

export interface IPastRunProps {
  readonly run: IKnownRun;
  readonly sources: readonly ICellSource[];
  /** Null where there is nothing to stop. */
  readonly stop: (() => void) | null;
  readonly logview: (job: IJob) => void;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** One run in a line; unfolded, what it executed, how the sides compare, and its jobs. */
export function PastRun(props: IPastRunProps): React.JSX.Element {
  const { run, sources, stop, logview, reveal, trans } = props;
  const cell = sources.findIndex(each => each.id === run.cell);
  const comparisons = run.detail?.comparisons ?? [];
  const differing = comparisons.filter(one => !one.equal).length;
  return (
    <li className={`jp-odps-run jp-odps-run-is-${run.status}`}>
      <details>
        <summary className="jp-odps-row">
          <code className="jp-odps-prompt">{run.here && run.number !== null ? `#${run.number}` : ''}</code>
          <strong>{comparisons.length > 0 ? trans.__('compare') : backendName(run.backend)}</strong>
          <span className="jp-odps-run-status">
            <span aria-hidden="true">{STATUS_SIGNS[run.status]} </span>
            {statusName(trans, run.status)}
          </span>
          {comparisons.length > 0 ? (
            <span className={differing > 0 ? 'jp-odps-run-error' : undefined}>
              <span aria-hidden="true">{differing > 0 ? '≠ ' : '= '}</span>
              {differing > 0
                ? trans.__('%1 of %2 differ', differing, comparisons.length)
                : trans.__('the sides agree')}
            </span>
          ) : run.rows !== null ? (
            <span className="jp-odps-secondary">{rows(trans, run.rows)}</span>
          ) : null}
          <span className="jp-odps-secondary jp-odps-end">
            {run.seconds === null ? '' : `${duration(trans, run.seconds)} · `}
            {clock(run.started)}
          </span>
        </summary>
        <div className="jp-odps-run-detail">
          {cell >= 0 ? (
            <PlaceLink place={{ cell, line: 0 }} reveal={reveal}>
              {cellName(trans, cell)}
            </PlaceLink>
          ) : null}
          {run.error !== null ? <p className="jp-odps-run-error">{run.error}</p> : null}
          {run.detail?.failures.map((failure, index) => (
            <p key={index}>
              {failure.row
                ? trans.__('Failed for the row %1.', Object.values(failure.row).map(shown).join(', '))
                : null}{' '}
              {failure.advice}
            </p>
          ))}
          {run.detail && run.detail.executions.length > 0 ? (
            <ul>
              {run.detail.executions.map((execution, index) => (
                <li key={index}>
                  {executionDetail(trans, execution)}
                  <span className="jp-odps-secondary">, {executionEnd(trans, execution)}</span>
                  {execution.error !== null ? (
                    <span className="jp-odps-run-error"> {execution.error}</span>
                  ) : null}
                </li>
              ))}
            </ul>
          ) : null}
          {comparisons.map((comparison, index) => (
            <Compared key={index} comparison={comparison} trans={trans} />
          ))}
          {run.input !== null ? (
            <p className="jp-odps-secondary">{trans.__('Its jobs read %1.', bytes(trans, run.input))}</p>
          ) : null}
          {run.jobs.map(job => (
            <div key={job.instance} className="jp-odps-job">
              <code>{job.instance}</code>
              <Logview job={job} logview={logview} trans={trans} />
            </div>
          ))}
          {run.background && run.status === 'running' ? (
            <p className="jp-odps-secondary">{trans.__('In the background: other cells run meanwhile.')}</p>
          ) : null}
          {run.here ? null : <p className="jp-odps-secondary">{trans.__('In an earlier kernel.')}</p>}
        </div>
      </details>
      {stop ? (
        <button
          type="button"
          className="jp-odps-button"
          aria-label={trans.__('Stop run %1', run.number ?? '')}
          onClick={stop}
        >
          {trans.__('Stop')}
        </button>
      ) : null}
    </li>
  );
}
