import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useId, useState } from 'react';

import type { IDiagnostic, IEdit } from '../protocol';
import { SEEN_TO_FAIL } from '../proven';
import { Preview } from './Preview';
import type { IProblemsProps } from './Problems';
import { proofWords, severityName } from './words';

export interface IProblemProps {
  readonly item: IDiagnostic;
  readonly inspection: IProblemsProps['inspection'];
  readonly edit: (edits: readonly IEdit[]) => void;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** One problem: where and what, the page of its rule, its fix with a preview, and how to silence it. */
export function Problem(props: IProblemProps): React.JSX.Element {
  const { item, inspection, edit, reveal, trans } = props;
  const { proof } = item;
  const [open, setOpen] = useState<'fix' | 'ignore' | null>(null);
  const id = useId();
  const chosen: readonly IEdit[] =
    open === 'fix' && item.fix ? item.fix.edits : open === 'ignore' && item.ignore ? [item.ignore] : [];
  const ignoring = trans.__('Ignore this here');
  return (
    <div className={`jp-odps-problem jp-odps-problem-${item.severity}`}>
      <button
        type="button"
        className="jp-odps-problem-head"
        onClick={() => {
          reveal(item.cell, item.line);
        }}
      >
        <span className="jp-odps-problem-place">
          <span className="jp-odps-secondary">{trans.__('line %1', item.line + 1)}</span>
          <span className={`jp-odps-severity jp-odps-severity-${item.severity}`}>
            {severityName(trans, item.severity)}
          </span>
          {proof ? (
            <span className="jp-odps-proven" title={proof.message}>
              {proofWords(trans, proof)}
            </span>
          ) : null}
        </span>
        <span className="jp-odps-message">{item.message}</span>
      </button>
      <div className="jp-odps-actions">
        {item.fix ? (
          <Toggle label={item.fix.title} open={open === 'fix'} controls={id} toggle={toggling('fix')} />
        ) : null}
        {item.ignore ? (
          <Toggle label={ignoring} open={open === 'ignore'} controls={id} toggle={toggling('ignore')} />
        ) : null}
        {proof?.by === 'preflight' && proof.ran !== null ? (
          <Regardless ran={proof.ran} inspection={inspection} trans={trans} />
        ) : null}
        {proof && !item.ignore ? (
          <button
            type="button"
            className="jp-odps-fix"
            title={trans.__('Not shown again in this page')}
            onClick={() => {
              inspection.dismiss(proof);
            }}
          >
            {trans.__('Dismiss')}
          </button>
        ) : null}
        {item.kind === SEEN_TO_FAIL ? (
          <code className="jp-odps-kind">{item.kind}</code>
        ) : (
          <button
            type="button"
            className="jp-odps-link jp-odps-kind"
            title={trans.__('What this rule says')}
            onClick={() => {
              void inspection.explain(item.kind);
            }}
          >
            <code>{item.kind}</code>
          </button>
        )}
      </div>
      {chosen.length > 0 ? (
        <Preview
          id={id}
          label={open === 'fix' && item.fix ? item.fix.title : ignoring}
          edits={chosen}
          sources={inspection.sources}
          {...(open === 'fix' && !item.fix?.safe
            ? { warning: trans.__('Changes what the code means: look at it before you run it.') }
            : {})}
          apply={() => {
            setOpen(null);
            edit(chosen);
          }}
          trans={trans}
        />
      ) : null}
    </div>
  );

  function toggling(which: 'fix' | 'ignore'): () => void {
    return () => {
      setOpen(open === which ? null : which);
    };
  }
}

function Regardless(props: {
  readonly ran: string;
  readonly inspection: IProblemsProps['inspection'];
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { ran, inspection, trans } = props;
  return (
    <button
      type="button"
      className="jp-odps-fix"
      title={trans.__(
        'Runs its cell once without trying functions; one that would take a secret along is still refused'
      )}
      onClick={() => {
        void inspection.runOnce('regardless', ran);
      }}
    >
      {trans.__('Send it regardless')}
    </button>
  );
}

function Toggle(props: {
  readonly label: string;
  readonly open: boolean;
  readonly controls: string;
  readonly toggle: () => void;
}): React.JSX.Element {
  const { label, open, controls, toggle } = props;
  return (
    <button
      type="button"
      className="jp-odps-fix"
      aria-expanded={open}
      aria-controls={controls}
      onClick={toggle}
    >
      {label}
    </button>
  );
}
