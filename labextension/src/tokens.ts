import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { IInspection } from './inspection';

/** The DOM id of the panel, by which layouts remember it. */
export const PANEL_ID = 'odps-jupyter-inspector';

/** The domain of the translations. */
export const TRANSLATION_DOMAIN = 'odps_jupyter';

export const CommandIDs = {
  open: 'odps-jupyter:open-inspector',
  check: 'odps-jupyter:check',
  fixAll: 'odps-jupyter:fix-all',
  undoFixes: 'odps-jupyter:undo-fixes',
  setBackend: 'odps-jupyter:set-backend',
  runCell: 'odps-jupyter:run-cell',
  compare: 'odps-jupyter:compare-cell',
  regardless: 'odps-jupyter:run-cell-regardless',
  explain: 'odps-jupyter:explain',
  enable: 'odps-jupyter:enable',
  showLine: 'odps-jupyter:show-line'
} as const;

/** What the inspector knows of the notebook the user is in; for other extensions to build on. */
export interface IInspectorModel {
  /** The notebook the user is in, or was in last; null when none is open. */
  readonly current: IInspection | null;

  /** Something to show has changed: another notebook, an answer, a message of the kernel. */
  readonly stateChanged: ISignal<IInspectorModel, void>;
}

export const IInspectorModel = new Token<IInspectorModel>(
  'odps-jupyter:IInspectorModel',
  'What runs where in the active PyODPS notebook, and the state of its kernel.'
);
