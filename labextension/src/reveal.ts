import type { NotebookPanel } from '@jupyterlab/notebook';

/** Bring a line of a cell into view and put the cursor there; nothing happens if the cell is gone. */
export async function reveal(panel: NotebookPanel, cellId: string, line: number): Promise<void> {
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(cell => cell.model.id === cellId);
  const cell = notebook.widgets[index];
  if (!cell) {
    return;
  }
  notebook.activeCellIndex = index;
  // A long notebook attaches only the cells in view: scroll there first, then there is an editor.
  await notebook.scrollToItem(index, 'smart');
  await cell.ready;
  cell.inputHidden = false;
  const position = { line, column: 0 };
  cell.editor?.setCursorPosition(position);
  cell.editor?.revealPosition(position);
  notebook.mode = 'edit';
  notebook.activate();
}
