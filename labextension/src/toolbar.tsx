import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { BackendToggle } from './components/BackendToggle';
import { backendDetail } from './components/words';
import type { IInspection } from './inspection';

/** The toggle in a notebook's toolbar; not to be seen in notebooks whose kernel does not have ODPS enabled. */
export class ToolbarToggle extends ReactWidget {
  constructor(
    panel: NotebookPanel,
    inspect: (panel: NotebookPanel) => IInspection,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-odps-toolbar');
    void panel.context.ready.then(() => {
      if (!panel.isDisposed && !this.isDisposed) {
        this._inspection = inspect(panel);
        this.update();
      }
    });
  }

  protected override render(): React.JSX.Element | null {
    const inspection = this._inspection;
    return inspection ? (
      <UseSignal signal={inspection.changed}>
        {() => <Toggle inspection={inspection} trans={this._trans} />}
      </UseSignal>
    ) : null;
  }

  private _inspection: IInspection | null = null;
}

function Toggle(props: { inspection: IInspection; trans: TranslationBundle }): React.JSX.Element | null {
  const { inspection, trans } = props;
  const state = inspection.kernelState;
  return state ? (
    <span className="jp-odps-toolbar-item" title={backendDetail(trans, state)}>
      <BackendToggle
        backend={state.backend}
        disabled={inspection.kernelBusy}
        choose={backend => {
          void inspection.setBackend(backend);
        }}
        trans={trans}
      />
    </span>
  ) : null;
}
