import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IInspection } from './inspection';
import type { IInspectorModel } from './tokens';

/** An inspection as the model handles it. */
export type OwnedInspection = IInspection & { readonly isDisposed: boolean };

/**
 * Follows the active notebook.
 *
 * A notebook is inspected from the first time it is active until it is closed, so that going back to it shows at once
 * what is known; notebooks never looked at cost nothing.
 */
export class InspectorModel implements IInspectorModel {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _inspect: (panel: NotebookPanel) => OwnedInspection
  ) {
    _tracker.currentChanged.connect(this._follow, this);
    this._follow();
  }

  get current(): IInspection | null {
    return this._current;
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** The inspection of a notebook panel whose context is ready. */
  of(panel: NotebookPanel): OwnedInspection {
    let inspection = this._inspections.get(panel);
    if (!inspection) {
      inspection = this._inspect(panel);
      this._inspections.set(panel, inspection);
      panel.disposed.connect(this._onClosed, this);
    }
    return inspection;
  }

  private _follow(): void {
    const panel = this._tracker.currentWidget;
    if (panel?.context.isReady) {
      this._show(this.of(panel));
      return;
    }
    // Not the one before: what is asked for now would be done there.
    this._show(null);
    void panel?.context.ready.then(() => {
      // The user may have gone on, or closed it, while it was loading.
      if (panel === this._tracker.currentWidget && !panel.isDisposed) {
        this._show(this.of(panel));
      }
    });
  }

  /** What a view of a notebook showed in its editors is told anew by the others, which are still there. */
  private _onClosed(closed: NotebookPanel): void {
    if (this._current !== null && this._current === this._inspections.get(closed)) {
      this._show(null);
    }
    this._tracker.forEach(panel => {
      if (panel !== closed && panel.context === closed.context) {
        this._inspections.get(panel)?.refresh();
      }
    });
  }

  private _show(inspection: OwnedInspection | null): void {
    if (inspection === this._current) {
      return;
    }
    this._current?.changed.disconnect(this._emit, this);
    this._current = inspection;
    inspection?.changed.connect(this._emit, this);
    this._emit();
  }

  private _emit(): void {
    this._stateChanged.emit();
  }

  private _current: OwnedInspection | null = null;
  private readonly _inspections = new WeakMap<NotebookPanel, OwnedInspection>();
  private readonly _stateChanged = new Signal<this, void>(this);
}
