import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { EditorMarks } from './editor';
import { CommandIDs } from './tokens';

export interface ILineCommandOptions {
  readonly app: JupyterFrontEnd;
  readonly tracker: INotebookTracker;
  readonly marks: EditorMarks;
  readonly palette: ICommandPalette | null;
  readonly trans: TranslationBundle;
}

/** Add the command that shows with the keyboard what the mouse shows over a line. */
export function addLineCommand(options: ILineCommandOptions): void {
  const { app, tracker, marks, palette, trans } = options;
  app.commands.addCommand(CommandIDs.showLine, {
    label: trans.__('Show What Is Known of the Line'),
    caption: trans.__(
      'Where the line of the cursor runs and why, its problems with their fixes, and what travels'
    ),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => tracker.activeCell?.model.type === 'code',
    execute: () => {
      const cell = tracker.activeCell;
      if (cell) {
        // From the palette the editor has lost the focus.
        cell.editor?.focus();
        marks.showAtCursor(cell.model);
      }
    }
  });
  palette?.addItem({ command: CommandIDs.showLine, category: trans.__('ODPS') });
}
