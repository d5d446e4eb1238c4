import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IInspection } from '../inspection';
import { BackendToggle } from './BackendToggle';
import { Notice } from './Notice';
import {
  backendDetail,
  connectionDetail,
  connectionName,
  profileDetail,
  profileName,
  runDetail
} from './words';

export interface IHeaderProps {
  readonly inspection: IInspection | null;
  readonly trans: TranslationBundle;
}

/** The name of the panel and of the notebook, and what is known of its kernel. */
export function Header(props: IHeaderProps): React.JSX.Element {
  const { inspection, trans } = props;
  return (
    <div className="jp-odps-header">
      <div className="jp-odps-row">
        <h1>{trans.__('ODPS inspector')}</h1>
        {inspection ? (
          <>
            <span className="jp-odps-secondary jp-odps-title" title={inspection.title}>
              {inspection.title}
            </span>
            <button
              type="button"
              className="jp-odps-icon-button"
              title={trans.__('Analyse the notebook again')}
              aria-label={trans.__('Analyse the notebook again')}
              onClick={() => {
                inspection.refresh();
              }}
            >
              <refreshIcon.react tag="span" />
            </button>
          </>
        ) : null}
      </div>
      {inspection ? <Kernel inspection={inspection} trans={trans} /> : null}
    </div>
  );
}

function Kernel(props: { inspection: IInspection; trans: TranslationBundle }): React.JSX.Element {
  const { inspection, trans } = props;
  const state = inspection.kernelState;
  const connection = state?.connection;
  const why = kernelWords(props);
  return (
    <>
      <div className="jp-odps-row jp-odps-kernel">
        {connection ? (
          <span className="jp-odps-connection" title={connectionDetail(trans, connection)}>
            <span className={`jp-odps-dot jp-odps-dot-${connection.kind}`} aria-hidden="true" />
            <strong>{connectionName(trans, connection)}</strong>
          </span>
        ) : (
          <span className="jp-odps-connection jp-odps-secondary">
            <span className="jp-odps-dot jp-odps-dot-none" aria-hidden="true" />
            {inspection.kernel === 'none' ? trans.__('no kernel') : trans.__('not connected')}
          </span>
        )}
        {state?.profile ? (
          <span
            className={state.profile.isRuntime ? 'jp-odps-pill' : 'jp-odps-pill jp-odps-pill-warn'}
            title={profileDetail(trans, state.profile)}
          >
            {profileName(trans, state.profile)}
          </span>
        ) : null}
        <BackendToggle
          backend={state?.backend ?? null}
          disabled={!state || inspection.kernelBusy}
          why={why ?? trans.__('The kernel is working on it.')}
          choose={backend => {
            void inspection.setBackend(backend);
          }}
          trans={trans}
        />
      </div>
      <div role="status" className="jp-odps-secondary jp-odps-detail">
        {state ? <div>{trans.__('Runs go to: %1', backendDetail(trans, state))}</div> : null}
        {state?.run ? (
          <div className={`jp-odps-run-${state.run.status}`} title={state.run.error ?? undefined}>
            {runDetail(trans, state.run)}
          </div>
        ) : null}
      </div>
      {why !== null ? (
        <Notice
          tone="info"
          message={why}
          action={
            inspection.kernel === 'absent'
              ? {
                  label: trans.__('Enable here'),
                  busy: inspection.kernelBusy,
                  run: () => {
                    void inspection.enable();
                  }
                }
              : undefined
          }
        />
      ) : null}
      {inspection.kernelError ? (
        <Notice tone="error" message={inspection.kernelError.message} hint={inspection.kernelError.hint} />
      ) : null}
    </>
  );
}

/** Why the kernel takes no part, or null if it does. */
function kernelWords(props: { inspection: IInspection; trans: TranslationBundle }): string | null {
  const { inspection, trans } = props;
  switch (inspection.kernel) {
    case 'loaded':
      return null;
    case 'none':
      return trans.__('No kernel is running. What follows is read from the source.');
    case 'asking':
      return trans.__('The kernel has not answered yet. What follows is read from the source.');
    case 'foreign':
      return trans.__("This notebook's kernel is not Python, so ODPS cannot be enabled in it.");
    case 'absent':
      return trans.__('ODPS is not enabled in this kernel. What follows is read from the source.');
    case 'outdated':
      return trans.__(
        "This kernel's odps-jupyter and the panel's are too far apart: install the same version in both places."
      );
  }
}
