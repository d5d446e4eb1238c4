import type { JSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';

import { capturedNames } from './captured';
import type { IDiagnostic } from './diagnostics';
import type { EditorMarks, ViewActions } from './editor';
import type { IAnalysis, ICellView, IRegion, IShipped } from './protocol';
import type { ISent } from './shipments';
import type { NotebookSources } from './sources';

/** What the marks of a notebook are made of. */
export interface IMarked {
  readonly analysis: IAnalysis;
  readonly shipments: readonly ISent[];
  /** Those that stand otherwise in the notebook than they were sent. */
  readonly outdated: ReadonlySet<IShipped>;
}

/** The marks in the editors of one notebook's cells. */
export class NotebookMarks {
  constructor(
    private readonly _marks: EditorMarks,
    private readonly _sources: Pick<NotebookSources, 'models'>,
    private readonly _actions: ViewActions
  ) {}

  /** Mark what the kernel says, where that is something else than before: it may say much while a cell runs. */
  follow(now: IMarked): void {
    const before = this._shown;
    if (
      before?.analysis !== now.analysis ||
      before.outdated !== now.outdated ||
      !JSONExt.deepEqual(before.shipments as unknown as JSONValue, now.shipments as unknown as JSONValue)
    ) {
      this.show(now);
    }
  }

  /** Mark what is known. */
  show(now: IMarked): void {
    this._shown = now;
    const { analysis, shipments, outdated } = now;
    const cells = new Map(analysis.cells.map(cell => [cell.id, cell]));
    const captured = capturedNames(analysis, shipments, outdated);
    const diagnostics = new Map<number, IDiagnostic[]>();
    for (const item of analysis.diagnostics) {
      const own = diagnostics.get(item.cell);
      if (own) {
        own.push(item);
      } else {
        diagnostics.set(item.cell, [item]);
      }
    }
    for (const model of this._sources.models()) {
      const cell = cells.get(model.id);
      this._marks.show(
        model,
        cell
          ? {
              regions: executorRegions(cell),
              diagnostics: diagnostics.get(cell.index) ?? [],
              captured: captured.get(cell.index) ?? [],
              actions: this._actions
            }
          : {}
      );
    }
  }

  private _shown: IMarked | null = null;
}

function executorRegions(cell: ICellView): readonly IRegion[] {
  return cell.regions.filter(region => region.side !== 'local');
}
