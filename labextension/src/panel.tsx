import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { Inspector } from './components/Inspector';
import { inspectorIcon } from './icon';
import type { IInspectorModel } from './tokens';
import { PANEL_ID } from './tokens';

/** The side panel: draws the model, holds nothing itself. */
export class InspectorPanel extends ReactWidget {
  constructor(
    private readonly _model: IInspectorModel,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.id = PANEL_ID;
    this.addClass('jp-odps-inspector');
    this.title.icon = inspectorIcon;
    this.title.caption = _trans.__('ODPS inspector');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('ODPS inspector'));
    this.node.tabIndex = -1;
  }

  protected override render(): React.JSX.Element {
    return (
      <UseSignal signal={this._model.stateChanged}>
        {() => <Inspector inspection={this._model.current} trans={this._trans} />}
      </UseSignal>
    );
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus();
  }
}
