import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useRef } from 'react';

import type { Backend } from '../protocol';
import { BACKENDS } from '../protocol';
import { backendName } from './words';

export interface IBackendToggleProps {
  /** Null while the kernel cannot say: nothing is chosen then. */
  readonly backend: Backend | null;
  readonly disabled: boolean;
  /** Why it is disabled, for the tooltip. */
  readonly why?: string;
  readonly choose: (backend: Backend) => void;
  readonly trans: TranslationBundle;
}

/** The toggle, as a group of radio buttons: arrows move and choose, Tab goes past. */
export function BackendToggle(props: IBackendToggleProps): React.JSX.Element {
  const { backend, disabled, why, choose, trans } = props;
  const group = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined || disabled) {
      return;
    }
    event.preventDefault();
    const at = backend === null ? 0 : BACKENDS.indexOf(backend) + step;
    const next = BACKENDS.at(at % BACKENDS.length);
    if (next) {
      group.current?.querySelector<HTMLButtonElement>(`[data-backend="${next}"]`)?.focus();
      choose(next);
    }
  };
  return (
    <div
      ref={group}
      className="jp-odps-toggle"
      role="radiogroup"
      aria-label={trans.__('Backend')}
      aria-disabled={disabled}
      title={disabled ? why : undefined}
      onKeyDown={onKeyDown}
    >
      {BACKENDS.map((value, index) => (
        <button
          key={value}
          type="button"
          role="radio"
          data-backend={value}
          aria-checked={value === backend}
          tabIndex={value === backend || (backend === null && index === 0) ? 0 : -1}
          disabled={disabled}
          onClick={() => {
            if (value !== backend) {
              choose(value);
            }
          }}
        >
          {backendName(value)}
        </button>
      ))}
    </div>
  );
}
