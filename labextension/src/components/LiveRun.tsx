import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useState } from 'react';

import type { IJob, ILive } from '../runs';
import { duration, jobName, liveDetail, percent, stageDetail } from './runWords';
import { backendName } from './words';

export interface ILiveRunProps {
  readonly live: ILive;
  readonly stop: (live: ILive) => void;
  readonly logview: (job: IJob) => void;
  readonly trans: TranslationBundle;
}

/** An execution under way: how far it is, what its stages do, and a way to stop it. */
export function LiveRun(props: ILiveRunProps): React.JSX.Element {
  const { live, stop, logview, trans } = props;
  const name = live.run === null ? '' : `#${live.run} `;
  const what = liveDetail(trans, live);
  const elapsed = useElapsed(live.started);
  return (
    <li className="jp-odps-live">
      <div className="jp-odps-row">
        <code className="jp-odps-prompt">{name}</code>
        <strong>{backendName(live.backend)}</strong>
        <span className="jp-odps-own">{what}</span>
        <button
          type="button"
          className="jp-odps-button"
          disabled={live.stopping}
          aria-label={trans.__('Stop %1', `${name}${what}`)}
          onClick={() => {
            stop(live);
          }}
        >
          {live.stopping ? trans.__('Stopping…') : trans.__('Stop')}
        </button>
      </div>
      <div className="jp-odps-row">
        <div
          role="progressbar"
          className="jp-odps-progress"
          aria-label={trans.__('Progress of %1', what)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor(live.fraction * 100)}
        >
          <span style={{ width: `${live.fraction * 100}%` }} />
        </div>
        <span className="jp-odps-secondary">
          {percent(live.fraction)} · {duration(trans, elapsed)} · {live.status}
        </span>
      </div>
      {live.jobs.map((job, index) => (
        <div key={job.instance} className="jp-odps-job">
          <span className="jp-odps-secondary">
            {jobName(trans, job, index)}
            {job.stages.map((stage, at) => (
              <span key={at} className="jp-odps-stage">
                {stageDetail(trans, stage)}
              </span>
            ))}
          </span>
          <Logview job={job} logview={logview} trans={trans} />
        </div>
      ))}
    </li>
  );
}

/** Opens the page of a job; its name is the job's, so that several links can be told apart. */
export function Logview(props: {
  readonly job: IJob;
  readonly logview: (job: IJob) => void;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { job, logview, trans } = props;
  return (
    <button
      type="button"
      className="jp-odps-link jp-odps-outward"
      title={trans.__('Instance %1 of project %2', job.instance, job.project)}
      aria-label={trans.__('Logview of %1, opens a new tab', job.instance)}
      onClick={() => {
        logview(job);
      }}
    >
      {trans.__('Logview')} <span aria-hidden="true">↗</span>
    </button>
  );
}

/** Seconds since a time, told anew each second. */
function useElapsed(started: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return Math.max(0, now / 1000 - started);
}
