import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { percent } from './components/runWords';
import { backendDetail, backendName } from './components/words';
import type { IInspection } from './inspection';
import type { IInspectorModel } from './tokens';

/** In the status bar: where the active notebook runs, how far it is, and how many problems it has. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly _model: IInspectorModel,
    private readonly _open: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-odps-status');
  }

  protected override render(): React.JSX.Element {
    return (
      <UseSignal signal={this._model.stateChanged}>
        {() => {
          const { current } = this._model;
          const words = current ? statusWords(current, this._trans) : null;
          return words === null ? null : (
            <button
              type="button"
              title={
                current?.kernelState
                  ? this._trans.__('Runs go to: %1', backendDetail(this._trans, current.kernelState))
                  : this._trans.__('Open ODPS inspector')
              }
              onClick={this._open}
            >
              {words}
            </button>
          );
        }}
      </UseSignal>
    );
  }
}

/** What the item says; null in a notebook that has nothing to do with PyODPS. */
export function statusWords(
  inspection: Pick<IInspection, 'analysis' | 'kernelState'>,
  trans: TranslationBundle
): string | null {
  const { analysis, kernelState } = inspection;
  const said: string[] = [];
  if (kernelState) {
    said.push(backendName(kernelState.backend));
    const [live] = kernelState.live;
    if (live) {
      said.push(trans.__('running, %1', percent(live.fraction)));
    }
  } else if (!analysis?.shipped.length) {
    return null;
  }
  const problems = analysis?.diagnostics.length ?? 0;
  if (problems > 0) {
    said.push(trans._n('%1 problem', '%1 problems', problems));
  }
  return `ODPS: ${said.join(' · ') || trans.__('not enabled')}`;
}
