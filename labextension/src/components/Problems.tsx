import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useId, useMemo, useState } from 'react';

import { safeEdits } from '../edits';
import type { IInspection } from '../inspection';
import type { IAnalysis, IDiagnostic, IEdit } from '../protocol';
import { Problem } from './Problem';
import type { IFilter } from './ProblemFilter';
import { ALL, passes, ProblemFilter } from './ProblemFilter';
import { Preview } from './Preview';
import { proofOf, standing, Unforeseen } from './Proven';
import { Section } from './Section';
import { WindowedList } from './WindowedList';
import { outcomeName } from './words';

export interface IProblemsProps {
  readonly analysis: IAnalysis;
  readonly inspection: Pick<IInspection, 'sources' | 'sent' | 'edit' | 'explain'>;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** What will go wrong, or mean something else, cell by cell, and what can be done about it. */
export function Problems(props: IProblemsProps): React.JSX.Element {
  const { analysis, inspection, reveal, trans } = props;
  const { diagnostics, prediction } = analysis;
  const [filter, setFilter] = useState<IFilter>(ALL);
  const [said, setSaid] = useState('');
  const list = React.useRef<HTMLUListElement>(null);
  const shown = useMemo(() => diagnostics.filter(item => passes(item, filter)), [diagnostics, filter]);
  const { sent, sources } = inspection;
  const findings = useMemo(
    () => standing(sent?.findings ?? [], analysis, sources),
    [sent, analysis, sources]
  );
  const unforeseen = findings.filter(finding => !diagnostics.some(item => proofOf(item, [finding])));
  const edit = (edits: readonly IEdit[]): void => {
    const made = inspection.edit(edits);
    setSaid(
      made
        ? trans.__('Changed. Undo in the cell takes it back.')
        : trans.__('Not changed: the cell is another by now. Look at the problem again.')
    );
    // What was pressed may be gone with its problem; the list stays.
    list.current?.focus();
  };
  return (
    <Section title={trans.__('Problems')} count={diagnostics.length + unforeseen.length}>
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
      <p role="status" className="jp-odps-summary jp-odps-edited">
        {said}
      </p>
      <Unforeseen findings={unforeseen} reveal={reveal} trans={trans} />
      {diagnostics.length > 0 ? (
        <>
          <ProblemFilter diagnostics={diagnostics} filter={filter} choose={setFilter} trans={trans} />
          <FixAll diagnostics={shown} inspection={inspection} edit={edit} trans={trans} />
        </>
      ) : null}
      <WindowedList
        items={shown}
        keyOf={problemKey}
        estimate={92}
        className="jp-odps-problems"
        label={trans.__('Problems')}
        listRef={list}
      >
        {item => (
          <Problem
            item={item}
            proof={proofOf(item, findings)}
            inspection={inspection}
            edit={edit}
            reveal={reveal}
            trans={trans}
          />
        )}
      </WindowedList>
      {shown.length < diagnostics.length ? (
        <p className="jp-odps-secondary">
          {trans._n(
            '%1 problem is filtered out.',
            '%1 problems are filtered out.',
            diagnostics.length - shown.length
          )}
        </p>
      ) : null}
    </Section>
  );
}

function problemKey(item: IDiagnostic, index: number): string {
  return `${item.cell}:${item.line}:${item.column}:${item.code}:${index}`;
}

/** One button for all safe fixes of the problems shown; it shows what they change before they do. */
function FixAll(props: {
  readonly diagnostics: readonly IDiagnostic[];
  readonly inspection: IProblemsProps['inspection'];
  readonly edit: (edits: readonly IEdit[]) => void;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { diagnostics, inspection, edit, trans } = props;
  const [open, setOpen] = useState(false);
  const id = useId();
  const safe = diagnostics.filter(item => item.fix?.safe).length;
  if (safe === 0) {
    return null;
  }
  const edits = safeEdits(diagnostics);
  return (
    <div className="jp-odps-fix-all">
      <button
        type="button"
        className="jp-odps-fix"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {trans._n('Fix all safe (%1)', 'Fix all safe (%1)', safe)}
      </button>
      {open ? (
        <Preview
          id={id}
          label={trans.__('All safe fixes')}
          edits={edits}
          sources={inspection.sources}
          apply={() => {
            setOpen(false);
            edit(edits);
          }}
          trans={trans}
        />
      ) : null}
    </div>
  );
}
