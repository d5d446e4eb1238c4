import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { backendName } from './components/words';
import { safeEdits } from './edits';
import { explainSent } from './explain';
import { inspectorIcon } from './icon';
import type { IInspection, Once } from './inspection';
import type { Backend } from './protocol';
import { BACKENDS } from './protocol';
import type { IInspectorModel } from './tokens';
import { CommandIDs, PANEL_ID } from './tokens';

const NO_ARGUMENTS = { args: { type: 'object', properties: {} } } as const;
const A_BACKEND = {
  args: {
    type: 'object',
    properties: {
      backend: { type: 'string', enum: [...BACKENDS], description: 'The backend to use' }
    },
    required: ['backend']
  }
} as const;

export interface ICommandOptions {
  readonly app: JupyterFrontEnd;
  readonly model: IInspectorModel;
  readonly palette: ICommandPalette | null;
  readonly trans: TranslationBundle;
}

/** Add the inspector's commands, and put them in the palette where there is one; their keys are in the settings. */
export function addCommands(options: ICommandOptions): void {
  const { app, model, palette, trans } = options;
  const { commands } = app;
  const category = trans.__('ODPS');
  const add = (
    id: string,
    command: Omit<Parameters<typeof commands.addCommand>[1], 'describedBy'>,
    argsOf: readonly ReadonlyJSONObject[] = [{}]
  ): void => {
    const describedBy = argsOf.length > 1 ? A_BACKEND : NO_ARGUMENTS;
    commands.addCommand(id, { ...command, describedBy });
    for (const args of argsOf) {
      palette?.addItem({ command: id, category, args });
    }
  };
  const undoFixes = (inspection: IInspection): void => {
    if (!inspection.restore()) {
      Notification.info(trans.__('Nothing was taken back: a cell is another by now.'), { autoClose: 4000 });
    }
  };
  const backends = BACKENDS.map(backend => ({ backend }));
  const canRun = (): boolean => model.current?.kernel === 'loaded' || model.current?.kernel === 'absent';
  const runOnce = async (how: Once): Promise<void> => {
    const inspection = model.current;
    if (inspection?.kernel === 'absent') {
      await inspection.enable();
    }
    if (inspection?.kernel === 'loaded') {
      await inspection.runOnce(how);
    }
    if (inspection?.kernelError) {
      Notification.error(inspection.kernelError.message);
    }
  };

  add(CommandIDs.open, {
    label: trans.__('Open ODPS inspector'),
    caption: trans.__('Show what runs in the kernel and what on the MaxCompute executor'),
    icon: inspectorIcon,
    execute: () => {
      app.shell.activateById(PANEL_ID);
    }
  });
  add(CommandIDs.check, {
    label: trans.__('Check This Notebook'),
    caption: trans.__('Analyse the notebook anew and show what will go wrong'),
    isEnabled: () => model.current !== null,
    execute: () => {
      app.shell.activateById(PANEL_ID);
      model.current?.refresh();
    }
  });
  add(CommandIDs.fixAll, {
    label: trans.__('Fix All Safe Problems'),
    caption: trans.__('Make all fixes that change nothing but what is wrong; one step takes them back'),
    isEnabled: () => model.current?.analysis?.diagnostics.some(item => item.fix?.safe) === true,
    execute: () => {
      const edits = safeEdits(model.current?.analysis?.diagnostics ?? []);
      const cells = new Set(edits.map(edit => edit.cell)).size;
      const inspection = model.current;
      if (!inspection?.edit(edits)) {
        Notification.info(trans.__('Nothing was changed: a cell is another by now.'), { autoClose: 4000 });
        return;
      }
      const undo = {
        label: trans.__('Undo'),
        callback: () => {
          undoFixes(inspection);
        }
      };
      Notification.info(trans._n('%1 cell changed.', '%1 cells changed.', cells), {
        autoClose: 8000,
        actions: [undo]
      });
    }
  });
  add(CommandIDs.undoFixes, {
    label: trans.__('Undo the Last Fixes'),
    caption: trans.__('Take back the last fix, or all of the last Fix All, in all cells at once'),
    isEnabled: () => (model.current?.restorable ?? 0) > 0,
    execute: () => {
      if (model.current) {
        undoFixes(model.current);
      }
    }
  });
  add(
    CommandIDs.setBackend,
    {
      label: args => trans.__('Run on %1', backendName(backendOf(args))),
      caption: trans.__('Choose the backend of the active notebook'),
      isEnabled: () => model.current?.kernelState !== null && model.current !== null,
      isToggled: args => model.current?.kernelState?.backend === backendOf(args),
      execute: async args => {
        await model.current?.setBackend(backendOf(args));
      }
    },
    backends
  );
  add(
    CommandIDs.runCell,
    {
      label: args => trans.__('Run Cell on %1, Once', backendName(backendOf(args))),
      caption: trans.__('Run the active cell on this backend; the toggle stays as it is'),
      isEnabled: canRun,
      execute: async args => runOnce(backendOf(args))
    },
    backends
  );
  add(CommandIDs.compare, {
    label: trans.__('Run Cell and Compare Both Sides'),
    caption: trans.__('Ask pandas and the executor the same on the same sample; nothing is written'),
    isEnabled: canRun,
    execute: async () => runOnce('compare')
  });
  add(CommandIDs.regardless, {
    label: trans.__('Run Cell Without Trying Its Functions, Once'),
    caption: trans.__(
      'Send what the preflight stopped; a function that would take a secret along is still refused'
    ),
    isEnabled: canRun,
    execute: async () => runOnce('regardless')
  });
  add(CommandIDs.explain, {
    label: trans.__('Explain What Was Sent'),
    caption: trans.__(
      "Show the executor's view of the active cell's functions, the generated UDF and the SQL"
    ),
    isEnabled: () => model.current !== null,
    execute: async () => {
      if (model.current) {
        await explainSent(model.current, trans);
      }
    }
  });
  add(CommandIDs.enable, {
    label: trans.__('Enable ODPS in This Kernel'),
    isEnabled: () => model.current?.kernel === 'absent',
    execute: async () => {
      await model.current?.enable();
    }
  });
  model.stateChanged.connect(() => {
    for (const id of Object.values(CommandIDs)) {
      commands.notifyCommandChanged(id);
    }
  });
}

function backendOf(args: ReadonlyPartialJSONObject): Backend {
  return args.backend === 'pandas' ? 'pandas' : 'maxcompute';
}
