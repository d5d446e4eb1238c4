import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo, useState } from 'react';

import type { IInspection } from '../inspection';
import type { IJob } from '../runs';
import { LiveRun } from './LiveRun';
import { Notice } from './Notice';
import { joined, PastRun } from './PastRun';
import { Section } from './Section';

export interface IRunsProps {
  readonly inspection: Pick<
    IInspection,
    'kernelState' | 'runs' | 'history' | 'kernelOlder' | 'stop' | 'logview' | 'sources'
  >;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** Put in as a value: in the words of a translation a percent sign stands for one. */
const CELL_MAGIC = '%%odps';
/** Earlier runs that are shown before somebody asks for more. */
const SHOWN = 10;

/** What is under way, and what ran: in this kernel, and in those before it as far as they were remembered. */
export function Runs(props: IRunsProps): React.JSX.Element {
  const { inspection, reveal, trans } = props;
  const { kernelState, runs, history, kernelOlder } = inspection;
  const [all, setAll] = useState(false);
  const live = kernelState?.live ?? [];
  const known = useMemo(() => joined(history, runs), [history, runs]);
  // What is under way is shown above, with more of it.
  const past = known.filter(
    run => run.status !== 'running' || !run.here || !live.some(one => one.run === run.number)
  );
  const logview = (job: IJob): void => {
    void follow(inspection, job);
  };
  const shown = all ? past : past.slice(0, SHOWN);
  return (
    <Section title={trans.__('Runs')} count={past.length}>
      <p role="status" className="jp-odps-said">
        {live.length > 0
          ? trans._n('%1 execution is under way.', '%1 executions are under way.', live.length)
          : trans.__('Nothing is under way.')}
      </p>
      {live.length > 0 ? (
        <ul className="jp-odps-lives" aria-label={trans.__('Under way')}>
          {live.map(one => (
            <LiveRun
              key={one.key}
              live={one}
              stop={({ key }) => {
                void inspection.stop({ key });
              }}
              logview={logview}
              trans={trans}
            />
          ))}
        </ul>
      ) : null}
      {kernelOlder ? (
        <Notice
          tone="info"
          message={trans.__("This kernel's odps-jupyter is of another version than the panel's.")}
          hint={trans.__('It does not tell all of its runs: install the same version in both places.')}
        />
      ) : null}
      {past.length === 0 ? (
        <p className="jp-odps-secondary">
          {trans.__('No cell with %1 has run yet: each that does is listed here.', CELL_MAGIC)}
        </p>
      ) : (
        <ul className="jp-odps-runs" aria-label={trans.__('Runs, newest first')}>
          {shown.map(run => (
            <PastRun
              key={run.key}
              run={run}
              sources={inspection.sources}
              stop={
                run.number !== null && run.status === 'running' && run.here
                  ? () => {
                      void inspection.stop({ run: run.number ?? 0 });
                    }
                  : null
              }
              logview={logview}
              reveal={reveal}
              trans={trans}
            />
          ))}
        </ul>
      )}
      {past.length > SHOWN ? (
        <button
          type="button"
          className="jp-odps-fix"
          aria-expanded={all}
          onClick={() => {
            setAll(!all);
          }}
        >
          {all
            ? trans.__('Show the last %1 only', SHOWN)
            : trans._n('Show %1 earlier run', 'Show %1 earlier runs', past.length - SHOWN)}
        </button>
      ) : null}
      {history && !history.kept && past.length > 0 ? (
        <p className="jp-odps-secondary">
          {trans.__('These runs are forgotten with the kernel: it does not know its notebook.')}
        </p>
      ) : null}
    </Section>
  );
}

/** Open a job's page: the tab at the click, for browsers let none be opened later, and its address when it is known. */
async function follow(inspection: Pick<IInspection, 'logview'>, job: IJob): Promise<void> {
  const tab = window.open('', '_blank');
  const url = await inspection.logview(job);
  if (!tab) {
    return;
  }
  if (url === null) {
    tab.close();
    return;
  }
  tab.opener = null;
  tab.location.replace(url);
}
