import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useId } from 'react';

import { SEVERITIES } from '../diagnostics';
import type { IDiagnostic, Severity } from '../protocol';
import { severityName } from './words';

/** What is shown: the severities not hidden, of one kind or of all. */
export interface IFilter {
  readonly hidden: readonly Severity[];
  readonly kind: string | null;
}

export const ALL: IFilter = { hidden: [], kind: null };

/** Whether a problem is shown. */
export function passes(item: IDiagnostic, filter: IFilter): boolean {
  return !filter.hidden.includes(item.severity) && (filter.kind === null || filter.kind === item.kind);
}

/** A button for each severity found and a list of the kinds found. */
export function ProblemFilter(props: {
  readonly diagnostics: readonly IDiagnostic[];
  readonly filter: IFilter;
  readonly choose: (filter: IFilter) => void;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { diagnostics, filter, choose, trans } = props;
  const id = useId();
  const kinds = Array.from(new Set(diagnostics.map(item => item.kind))).sort();
  // A kind that was chosen and mended away is still to be seen, to be chosen off.
  const listed = filter.kind === null || kinds.includes(filter.kind) ? kinds : [...kinds, filter.kind];
  return (
    <div className="jp-odps-filter" role="group" aria-label={trans.__('Filter problems')}>
      {SEVERITIES.map(severity => {
        const count = diagnostics.filter(item => item.severity === severity).length;
        const shown = !filter.hidden.includes(severity);
        return count > 0 ? (
          <button
            key={severity}
            type="button"
            className="jp-odps-chip"
            aria-pressed={shown}
            onClick={() => {
              const hidden = shown
                ? [...filter.hidden, severity]
                : filter.hidden.filter(each => each !== severity);
              choose({ ...filter, hidden });
            }}
          >
            {severityName(trans, severity)} {count}
          </button>
        ) : null;
      })}
      <label className="jp-odps-said" htmlFor={id}>
        {trans.__('Kind')}
      </label>
      <select
        id={id}
        className="jp-odps-select"
        value={filter.kind ?? ''}
        onChange={event => {
          choose({ ...filter, kind: event.target.value || null });
        }}
      >
        <option value="">{trans.__('all kinds')}</option>
        {listed.map(kind => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
    </div>
  );
}
