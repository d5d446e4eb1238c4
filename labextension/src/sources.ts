import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ICellSource } from './rest';

/** A run of a cell, as its execution count tells it. */
export interface IExecuted extends ICellSource {
  readonly count: number;
}

type SharedCell = ICellModel['sharedModel'];

/** The little of a change that is looked at. */
interface ICellChange {
  readonly sourceChange?: unknown;
  readonly executionCountChange?: { readonly newValue?: number | null };
}

/**
 * The sources of a notebook's code cells.
 *
 * Listens to sources alone: the model's own `contentChanged` also fires for outputs, and a chatty cell would hold the
 * analysis off for as long as it prints.
 */
export class NotebookSources implements IDisposable {
  constructor(private readonly _model: INotebookModel) {
    _model.cells.changed.connect(this._onCells, this);
    this._watch();
  }

  /** A source, or which code cells there are, has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A code cell has run, in this or another view of the notebook: its id, its execution count and its source. */
  get executed(): ISignal<this, IExecuted> {
    return this._executed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The code cells' models, in document order. */
  models(): ICellModel[] {
    return Array.from(this._model.cells).filter(cell => cell.type === 'code');
  }

  read(): ICellSource[] {
    return this.models().map(cell => ({ id: cell.id, source: cell.sharedModel.getSource() }));
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
    this._watched.clear();
  }

  private _watch(): void {
    const now = new Set<SharedCell>();
    for (const cell of this._model.cells) {
      if (cell.type === 'code') {
        now.add(cell.sharedModel);
      }
    }
    for (const cell of this._watched) {
      if (!now.has(cell)) {
        cell.changed.disconnect(this._onCell, this);
      }
    }
    for (const cell of now) {
      if (!this._watched.has(cell)) {
        cell.changed.connect(this._onCell, this);
      }
    }
    this._watched = now;
  }

  private _onCells(): void {
    this._watch();
    this._changed.emit();
  }

  private _onCell(cell: SharedCell, change: ICellChange): void {
    if (change.sourceChange) {
      this._changed.emit();
    }
    const count = change.executionCountChange?.newValue;
    if (typeof count === 'number') {
      this._executed.emit({ id: cell.id, source: cell.getSource(), count });
    }
  }

  private _watched = new Set<SharedCell>();
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _executed = new Signal<this, IExecuted>(this);
}
