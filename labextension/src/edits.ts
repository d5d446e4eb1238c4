import type { ICellModel } from '@jupyterlab/cells';

import type { IDiagnostic, IEdit } from './protocol';
import type { ICellSource } from './rest';

type SharedCell = ICellModel['sharedModel'];

/** The undo history of a shared cell, as far as it is used. */
interface IUndoable {
  readonly undoManager?: { stopCapturing(): void } | null;
}

/** What edits did to a cell. */
export interface IChange {
  readonly id: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Make edits of code cells, each cell's as one step to undo; all of them as one where the notebook keeps one history
 * for all its cells.
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
  write(
    Array.from(cells).flatMap(cell => {
      const shared = models[cell]?.sharedModel;
      return shared
        ? [
            {
              shared,
              edits: located(
                shared.getSource(),
                edits.filter(edit => edit.cell === cell)
              )
            }
          ]
        : [];
    })
  );
  return true;
}

/** What edits do to the cells they were made up for. */
export function changes(analyzed: readonly ICellSource[], edits: readonly IEdit[]): readonly IChange[] {
  return analyzed.flatMap(({ id, source }, cell) => {
    const own = edits.filter(edit => edit.cell === cell);
    return own.length > 0 ? [{ id, before: source, after: edited(source, own) }] : [];
  });
}

/** Whether all cells are as the edits left them. */
export function restorable(models: readonly ICellModel[], made: readonly IChange[]): boolean {
  return changed(models, made) !== null;
}

/**
 * Take edits back, in all their cells or in none: where one of them has changed since, nothing is done.
 *
 * No cell's history is asked to undo: what lies on top of it may be another step that led to the same text.
 *
 * @returns whether they were taken back.
 */
export function restore(models: readonly ICellModel[], made: readonly IChange[]): boolean {
  const found = changed(models, made);
  write(
    found?.map(({ shared, change }) => ({ shared, edits: [difference(change.after, change.before)] })) ?? []
  );
  return found !== null;
}

/** The cells that were changed; null unless all are as they were left, and for no change at all. */
function changed(
  models: readonly ICellModel[],
  made: readonly IChange[]
): readonly { readonly shared: SharedCell; readonly change: IChange }[] | null {
  const cells = new Map(models.map(model => [model.id, model.sharedModel]));
  const found = made.flatMap(change => {
    const shared = cells.get(change.id);
    return shared?.getSource() === change.after ? [{ shared, change }] : [];
  });
  return found.length === made.length && found.length > 0 ? found : null;
}

/** Write edits, the last first, each cell's as a step to undo beside what was typed just before and is typed next. */
function write(cells: readonly { readonly shared: SharedCell; readonly edits: readonly ILocated[] }[]): void {
  const stop = (): void => {
    for (const { shared } of cells) {
      (shared as IUndoable).undoManager?.stopCapturing();
    }
  };
  const all = (): void => {
    for (const { shared, edits } of cells) {
      shared.transact(() => {
        for (const { start, end, text } of edits) {
          shared.updateSource(start, end, text);
        }
      });
    }
  };
  const notebook = cells[0]?.shared.notebook;
  stop();
  if (notebook?.disableDocumentWideUndoRedo === false) {
    notebook.transact(all);
  } else {
    all();
  }
  stop();
}

/** The one edit that makes a text of another. */
function difference(from: string, to: string): ILocated {
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from[start] === to[start]) {
    start += 1;
  }
  let tail = 0;
  while (tail < most - start && from[from.length - 1 - tail] === to[to.length - 1 - tail]) {
    tail += 1;
  }
  return { start, end: from.length - tail, text: to.slice(start, to.length - tail) };
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
