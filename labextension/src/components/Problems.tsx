import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo, useState } from 'react';

import type { IInspection } from '../inspection';
import type { IAnalysis, IEdit } from '../protocol';
import { FixAll } from './FixAll';
import { Problem } from './Problem';
import type { IFilter } from './ProblemFilter';
import { ALL, passes, ProblemFilter } from './ProblemFilter';
import { grouped, ProblemGroup, rowKey } from './ProblemGroup';
import { Section } from './Section';
import { WindowedList } from './WindowedList';
import { outcomeName } from './words';

export interface IProblemsProps {
  readonly analysis: IAnalysis;
  readonly inspection: Pick<
    IInspection,
    'sources' | 'edit' | 'explain' | 'restorable' | 'restore' | 'dismiss' | 'runOnce'
  >;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** What will go wrong, or mean something else, cell by cell, and what can be done about it. */
export function Problems(props: IProblemsProps): React.JSX.Element {
  const { analysis, inspection, reveal, trans } = props;
  const { cells, diagnostics, prediction } = analysis;
  const [filter, setFilter] = useState<IFilter>(ALL);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  const list = React.useRef<HTMLUListElement>(null);
  const shown = useMemo(() => diagnostics.filter(item => passes(item, filter)), [diagnostics, filter]);
  const rows = useMemo(() => grouped(shown, cells, folded), [shown, cells, folded]);
  // What was pressed may be gone with its problem; the list stays.
  const say = (words: string): void => {
    setSaid(words);
    list.current?.focus();
  };
  const edit = (edits: readonly IEdit[]): void => {
    const made = inspection.edit(edits);
    const changed = new Set(edits.map(each => each.cell)).size;
    say(
      !made
        ? trans.__('Not changed: the cell is another by now. Look at the problem again.')
        : changed === 1
          ? trans.__('Changed. Undo in the cell takes it back.')
          : trans.__('%1 cells changed.', changed)
    );
  };
  const toggle = (id: string): void => {
    setFolded(new Set(folded.has(id) ? [...folded].filter(each => each !== id) : [...folded, id]));
  };
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
      <div className="jp-odps-row jp-odps-done">
        <p role="status" className="jp-odps-edited">
          {said}
        </p>
        {said && inspection.restorable > 0 ? (
          <button
            type="button"
            className="jp-odps-fix"
            onClick={() => {
              say(
                inspection.restore()
                  ? trans.__('Taken back.')
                  : trans.__('Not taken back: a cell is another by now.')
              );
            }}
          >
            {trans._n('Undo the change', 'Undo in all %1 cells', inspection.restorable)}
          </button>
        ) : null}
      </div>
      {diagnostics.length > 0 ? (
        <>
          <ProblemFilter diagnostics={diagnostics} filter={filter} choose={setFilter} trans={trans} />
          <FixAll diagnostics={shown} inspection={inspection} edit={edit} trans={trans} />
        </>
      ) : null}
      <WindowedList
        items={rows}
        keyOf={rowKey}
        estimate={92}
        className="jp-odps-problems"
        label={trans.__('Problems')}
        listRef={list}
      >
        {row =>
          row.item ? (
            <Problem item={row.item} inspection={inspection} edit={edit} reveal={reveal} trans={trans} />
          ) : (
            <ProblemGroup group={row} toggle={toggle} trans={trans} />
          )
        }
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
