import type { ICellModel } from '@jupyterlab/cells';

import type { IEdit } from './protocol';
import type { ICellSource } from './rest';

/**
 * Make edits of code cells, each cell's as one step to undo.
 *
 * @param models the code cells in document order.
 * @param analyzed their sources when the edits were made up; if one of a cell to edit is another by now, nothing is done.
 * @returns whether the edits were made.
 */
export function applyEdits(
  models: readonly ICellModel[],
  analyzed: readonly ICellSource[],
  edits: readonly IEdit[]
): boolean {
  const cells = new Set(edits.map(edit => edit.cell));
  for (const cell of cells) {
    const [model, before] = [models[cell], analyzed[cell]];
    if (!model || model.id !== before?.id || model.sharedModel.getSource() !== before.source) {
      return false;
    }
  }
  for (const cell of cells) {
    const shared = models[cell]?.sharedModel;
    const lines = shared?.getSource().split('\n') ?? [];
    const own = edits
      .filter(edit => edit.cell === cell)
      .map(edit => ({
        start: offset(lines, edit.line, edit.column),
        end: offset(lines, edit.endLine, edit.endColumn),
        text: edit.text
      }))
      .sort((a, b) => b.start - a.start);
    shared?.transact(() => {
      for (const { start, end, text } of own) {
        shared.updateSource(start, end, text);
      }
    });
  }
  return true;
}

function offset(lines: readonly string[], line: number, column: number): number {
  return lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column;
}
