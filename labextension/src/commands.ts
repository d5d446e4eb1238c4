import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { backendName } from './components/words';
import { inspectorIcon } from './icon';
import type { Backend } from './protocol';
import type { IInspectorModel } from './tokens';
import { CommandIDs, PANEL_ID } from './tokens';

const NO_ARGUMENTS = { args: { type: 'object', properties: {} } } as const;

export interface ICommandOptions {
  readonly app: JupyterFrontEnd;
  readonly model: IInspectorModel;
  readonly palette: ICommandPalette | null;
  readonly trans: TranslationBundle;
}

/** Add the inspector's commands, and put them in the palette where there is one. */
export function addCommands(options: ICommandOptions): void {
  const { app, model, palette, trans } = options;
  const { commands } = app;
  commands.addCommand(CommandIDs.open, {
    label: trans.__('Open ODPS inspector'),
    caption: trans.__('Show what runs in the kernel and what on the MaxCompute executor'),
    icon: inspectorIcon,
    describedBy: NO_ARGUMENTS,
    execute: () => {
      app.shell.activateById(PANEL_ID);
    }
  });
  commands.addCommand(CommandIDs.setBackend, {
    label: args => trans.__('Run on %1', backendName(backendOf(args))),
    caption: trans.__('Choose the backend of the active notebook'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          backend: { type: 'string', enum: ['pandas', 'maxcompute'], description: 'The backend to use' }
        },
        required: ['backend']
      }
    },
    isEnabled: () => model.current?.kernelState !== null && model.current !== null,
    isToggled: args => model.current?.kernelState?.backend === backendOf(args),
    execute: async args => {
      await model.current?.setBackend(backendOf(args));
    }
  });
  commands.addCommand(CommandIDs.enable, {
    label: trans.__('Enable ODPS in This Kernel'),
    describedBy: NO_ARGUMENTS,
    isEnabled: () => model.current?.kernel === 'absent',
    execute: async () => {
      await model.current?.enable();
    }
  });
  model.stateChanged.connect(() => {
    commands.notifyCommandChanged(CommandIDs.setBackend);
    commands.notifyCommandChanged(CommandIDs.enable);
  });
  const category = trans.__('ODPS');
  palette?.addItem({ command: CommandIDs.open, category });
  palette?.addItem({ command: CommandIDs.setBackend, category, args: { backend: 'pandas' } });
  palette?.addItem({ command: CommandIDs.setBackend, category, args: { backend: 'maxcompute' } });
  palette?.addItem({ command: CommandIDs.enable, category });
}

function backendOf(args: ReadonlyPartialJSONObject): Backend {
  return args.backend === 'pandas' ? 'pandas' : 'maxcompute';
}
