import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useCallback } from 'react';

import type { IInspection } from '../inspection';
import { faultWords } from './faultWords';
import { Header } from './Header';
import { Notice } from './Notice';
import { Problems } from './Problems';
import { Runs } from './Runs';
import { ShippedFunctions } from './ShippedFunctions';
import { WhereCodeRuns } from './WhereCodeRuns';

export interface IInspectorProps {
  readonly inspection: IInspection | null;
  readonly trans: TranslationBundle;
}

/** The whole panel. */
export function Inspector(props: IInspectorProps): React.JSX.Element {
  const { inspection, trans } = props;
  return (
    <>
      <Header inspection={inspection} trans={trans} />
      {inspection ? (
        // What was opened, chosen and said of one notebook is not another's.
        <Findings key={inspection.path} inspection={inspection} trans={trans} />
      ) : (
        <p className="jp-odps-empty">
          {trans.__(
            'Open a notebook to see what of it runs in the kernel and what on the MaxCompute executor, before anything is run.'
          )}
        </p>
      )}
    </>
  );
}

function Findings(props: { inspection: IInspection; trans: TranslationBundle }): React.JSX.Element {
  const { inspection, trans } = props;
  const { analysis, analysisError } = inspection;
  const reveal = useCallback(
    (cell: number, line: number) => {
      void inspection.reveal(cell, line);
    },
    [inspection]
  );
  return (
    <div className="jp-odps-findings">
      {analysisError ? (
        <Notice
          tone="error"
          {...faultWords(analysisError, trans)}
          action={{
            label: trans.__('Try again'),
            run: () => {
              inspection.refresh();
            }
          }}
        />
      ) : null}
      {inspection.slow ? (
        <Notice tone="info" message={trans.__('The Jupyter server is taking its time over the analysis.')} />
      ) : null}
      {analysis ? (
        analysis.cells.length > 0 ? (
          <>
            <WhereCodeRuns analysis={analysis} inspection={inspection} reveal={reveal} trans={trans} />
            <Problems analysis={analysis} inspection={inspection} reveal={reveal} trans={trans} />
            <ShippedFunctions analysis={analysis} inspection={inspection} reveal={reveal} trans={trans} />
          </>
        ) : (
          <p className="jp-odps-empty">{emptyWords(inspection.otherLanguage, trans)}</p>
        )
      ) : null}
      {inspection.kernelState ? <Runs inspection={inspection} reveal={reveal} trans={trans} /> : null}
    </div>
  );
}

function emptyWords(otherLanguage: string | null, trans: TranslationBundle): string {
  switch (otherLanguage) {
    case null:
      return trans.__('This notebook has no code cells yet.');
    case '':
      return trans.__('This notebook is not in Python. Only Python notebooks are inspected.');
    default:
      return trans.__('This notebook is in %1. Only Python notebooks are inspected.', otherLanguage);
  }
}
