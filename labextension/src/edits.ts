import type { ICellModel } from '@jupyterlab/cells';

import type { IDiagnostic, IEdit } from './protocol';
import type { ICellSource } from './rest';

/** The undo history of a shared cell, as far as it is used. */
interface IUndoable {
  readonly undoManager?: { stopCapturing(): void } | null;
}

/**
 * Make edits of code cells, each cell's as one step to undo.
 *
 * @param models the code cells in document order.
 * @param analyzed their sources when the edits were made up; if one of a cell to edit is another by now, nothing is
 *   done.
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
    if (!shared) {
      continue;
    }
    const own = located(
      shared.getSource(),
      edits.filter(edit => edit.cell === cell)
    );
    // What was typed a moment ago, or is fixed a moment later, is a step of its own.
    const history = (shared as IUndoable).undoManager;
    history?.stopCapturing();
    shared.transact(() => {
      for (const { start, end, text } of own) {
        shared.updateSource(start, end, text);
      }
    });
    history?.stopCapturing();
  }
  return true;
}

/** A cell's source after edits, all of them of that cell. */
export function edited(source: string, edits: readonly IEdit[]): string {
  return located(source, edits).reduce(
    (text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end),
    source
  );
}

/** The edits of all safe fixes that can be made together; of those in each other's way the first is taken. */
export function safeEdits(diagnostics: readonly IDiagnostic[]): readonly IEdit[] {
  const taken: IEdit[] = [];
  for (const { fix } of diagnostics) {
    if (!fix?.safe) {
      continue;
    }
    // Two functions may need the same import at the same place: once is enough.
    const missing = fix.edits.filter(edit => !taken.some(other => equal(edit, other)));
    if (!missing.some(edit => taken.some(other => inTheWay(edit, other)))) {
      taken.push(...missing);
    }
  }
  return taken;
}

interface ILocated {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** With offsets, the last first: so each leaves the places of the others as they are. */
function located(source: string, edits: readonly IEdit[]): ILocated[] {
  const lines = source.split('\n');
  return edits
    .map(edit => ({
      start: offset(lines, edit.line, edit.column),
      end: offset(lines, edit.endLine, edit.endColumn),
      text: edit.text
    }))
    .sort((a, b) => b.start - a.start);
}

function offset(lines: readonly string[], line: number, column: number): number {
  return lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column;
}

function equal(a: IEdit, b: IEdit): boolean {
  return before(a, b) === 0 && a.endLine === b.endLine && a.endColumn === b.endColumn && a.text === b.text;
}

/** Whether the edits touch; two insertions at one place do, for their order would be a guess. */
function inTheWay(a: IEdit, b: IEdit): boolean {
  if (a.cell !== b.cell) {
    return false;
  }
  const [first, second] = before(a, b) <= 0 ? [a, b] : [b, a];
  return first.endLine > second.line || (first.endLine === second.line && first.endColumn >= second.column);
}

function before(a: IEdit, b: IEdit): number {
  return a.cell - b.cell || a.line - b.line || a.column - b.column;
}
