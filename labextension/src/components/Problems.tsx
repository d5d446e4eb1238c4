import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IAnalysis, IDiagnostic, IFix } from '../protocol';
import { Section } from './Section';
import { cellName, outcomeName, severityName } from './words';

export interface IProblemsProps {
  readonly analysis: IAnalysis;
  readonly fix: (fix: IFix) => void;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** What will go wrong, or mean something else, cell by cell. */
export function Problems(props: IProblemsProps): React.JSX.Element {
  const { analysis, trans } = props;
  const { diagnostics, prediction } = analysis;
  return (
    <Section title={trans.__('Problems')} count={diagnostics.length}>
      <p role="status" className="jp-odps-summary">
        {diagnostics.length === 0 ? trans.__('None found in the source.') : null}{' '}
        {prediction
          ? trans.__(
              'Predicted: %1 on pandas, %2 on MaxCompute.',
              outcomeName(trans, prediction.pandas),
              outcomeName(trans, prediction.executor)
            )
          : null}
      </p>
      {diagnostics.length > 0 ? (
        <ul className="jp-odps-problems">
          {diagnostics.map((item, index) => (
            <Problem key={index} item={item} {...props} />
          ))}
        </ul>
      ) : null}
    </Section>
  );
}

function Problem(props: IProblemsProps & { item: IDiagnostic }): React.JSX.Element {
  const { item, fix, reveal, trans } = props;
  return (
    <li className={`jp-odps-problem jp-odps-problem-${item.severity}`}>
      <button
        type="button"
        className="jp-odps-problem-head"
        onClick={() => {
          reveal(item.cell, item.line);
        }}
      >
        <span className="jp-odps-problem-place">
          <code className="jp-odps-prompt">{cellName(item.cell)}</code>
          <span className="jp-odps-secondary">{trans.__('line %1', item.line + 1)}</span>
          <span className={`jp-odps-severity jp-odps-severity-${item.severity}`}>
            {severityName(trans, item.severity)}
          </span>
          <code className="jp-odps-kind">{item.kind}</code>
        </span>
        <span className="jp-odps-message">{item.message}</span>
      </button>
      {item.fix ? <FixButton fix={item.fix} apply={fix} trans={trans} /> : null}
    </li>
  );
}

function FixButton(props: {
  fix: IFix;
  apply: (fix: IFix) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { fix, apply, trans } = props;
  return (
    <button
      type="button"
      className="jp-odps-fix"
      title={fix.safe ? undefined : trans.__('Changes what the code means: look at it before you run it.')}
      onClick={() => {
        apply(fix);
      }}
    >
      {fix.title}
    </button>
  );
}
