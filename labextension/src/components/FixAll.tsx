import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useId, useMemo, useState } from 'react';

import { safeEdits } from '../edits';
import type { IInspection } from '../inspection';
import type { IDiagnostic, IEdit } from '../protocol';
import { Preview } from './Preview';

/** One button for all safe fixes of the problems shown; it shows what they change before they do. */
export function FixAll(props: {
  readonly diagnostics: readonly IDiagnostic[];
  readonly inspection: Pick<IInspection, 'sources'>;
  readonly edit: (edits: readonly IEdit[]) => void;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { diagnostics, inspection, edit, trans } = props;
  const [open, setOpen] = useState(false);
  const id = useId();
  const safe = diagnostics.filter(item => item.fix?.safe).length;
  const edits = useMemo(() => safeEdits(diagnostics), [diagnostics]);
  if (safe === 0) {
    return null;
  }
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
