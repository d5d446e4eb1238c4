import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo } from 'react';

import { preview } from '../diff';
import type { IEdit } from '../protocol';
import type { ICellSource } from '../rest';
import { Diff } from './Diff';

export interface IPreviewProps {
  readonly id: string;
  /** What the edits are. */
  readonly label: string;
  readonly edits: readonly IEdit[];
  readonly sources: readonly ICellSource[];
  /** Something to know before they are made. */
  readonly warning?: string;
  readonly apply: () => void;
  readonly trans: TranslationBundle;
}

/** What edits would change, and the button that makes them. */
export function Preview(props: IPreviewProps): React.JSX.Element {
  const { id, label, edits, sources, warning, apply, trans } = props;
  const diffs = useMemo(() => preview(sources, edits), [sources, edits]);
  return (
    <div id={id} className="jp-odps-preview" role="group" aria-label={trans.__('Preview: %1', label)}>
      <div className="jp-odps-apply">
        <button type="button" className="jp-odps-button" onClick={apply}>
          {trans.__('Apply')}
        </button>
        <span className="jp-odps-secondary">{warning ?? cellsWords(diffs.length, trans)}</span>
      </div>
      <Diff diffs={diffs} trans={trans} />
    </div>
  );
}

function cellsWords(cells: number, trans: TranslationBundle): string {
  return cells > 1 ? trans.__('changes %1 cells', cells) : '';
}
