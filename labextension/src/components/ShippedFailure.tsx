import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IAnalysis, IDiagnostic, IShipped } from '../protocol';
import type { ISentFailure } from '../sent';
import { PlaceLink } from './PlaceLink';
import { cellName } from './words';

interface IWhere {
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** What a preflight saw of it that stopped it; null where none did. */
export function stoppedBy(shipped: IShipped, analysis: IAnalysis): IDiagnostic | null {
  return (
    analysis.diagnostics.find(({ proof }) => proof?.by === 'preflight' && proof.function === shipped.name) ??
    null
  );
}

/** What a preflight saw of it, and whether that is why it was not sent. */
export function Stopped(
  props: IWhere & { readonly problem: IDiagnostic; readonly sent: boolean }
): React.JSX.Element {
  const { problem, sent, reveal, trans } = props;
  return (
    <p className="jp-odps-failed">
      <span className="jp-odps-run-error">
        <span aria-hidden="true">✗ </span>
        {sent ? trans.__('A preflight saw it fail') : trans.__('Not sent: a preflight saw it fail')}
      </span>{' '}
      <PlaceLink place={problem} reveal={reveal}>
        {trans.__('in %1, line %2', cellName(trans, problem.cell), problem.line + 1)}
      </PlaceLink>
    </p>
  );
}

/** How it failed when it ran there last. */
export function Failed(
  props: IWhere & { readonly failure: ISentFailure; readonly analysis: IAnalysis }
): React.JSX.Element {
  const { failure, analysis, reveal, trans } = props;
  const cell = analysis.cells.findIndex(each => each.id === failure.cell);
  return (
    <p className="jp-odps-failed">
      <span className="jp-odps-run-error">
        <span aria-hidden="true">✗ </span>
        {trans.__('Failed there: %1', failure.message)}
      </span>
      {failure.row !== null ? <> {trans.__('for the row %1', failure.row)}</> : null}
      {cell >= 0 && failure.line !== null ? (
        <>
          {' '}
          <PlaceLink place={{ cell, line: failure.line }} reveal={reveal}>
            {trans.__('in %1, line %2', cellName(trans, cell), failure.line + 1)}
          </PlaceLink>
        </>
      ) : null}
      {failure.advice !== null ? <span className="jp-odps-secondary"> {failure.advice}</span> : null}
    </p>
  );
}
