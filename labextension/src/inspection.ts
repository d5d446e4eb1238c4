import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Ask } from './analyzer';
import { Analyzer } from './analyzer';
import { applyEdits } from './edits';
import type { EditorMarks } from './editor';
import type { LinkStatus } from './link';
import { KernelLink } from './link';
import type { Backend, IAnalysis, ICellView, IFix, IKernelState, IRegion, RequestError } from './protocol';
import { reveal } from './reveal';
import { NotebookSources } from './sources';

/** All that is known of one open notebook, and what can be done with it. */
export interface IInspection {
  readonly title: string;
  readonly analysis: IAnalysis | null;
  readonly analysisError: Error | null;
  readonly slow: boolean;
  readonly kernel: LinkStatus;
  readonly kernelState: IKernelState | null;
  readonly kernelBusy: boolean;
  readonly kernelError: RequestError | null;
  readonly changed: ISignal<IInspection, void>;

  /** Analyse again, for instance after the server could not be reached. */
  refresh(): void;
  /** Load the kernel extension. */
  enable(): Promise<void>;
  setBackend(backend: Backend): Promise<void>;
  /** Make a fix's edits, one step to undo; nothing happens if the cells have changed since they were analysed. */
  fix(fix: IFix): void;
  /** Show a line (from 0) of a code cell (by position among the code cells) in the notebook. */
  reveal(cell: number, line: number): Promise<void>;
}

/** One notebook panel's inspection; lives as long as the panel. */
export class Inspection implements IInspection, IDisposable {
  /** `ask` gets the notebook's path with its cells. The panel's context must be ready. */
  constructor(
    private readonly _panel: NotebookPanel,
    ask: (path: string, ...rest: Parameters<Ask>) => ReturnType<Ask>,
    private readonly _marks: EditorMarks | null
  ) {
    const model = _panel.context.model;
    this._sources = new NotebookSources(model);
    this._analyzer = new Analyzer({
      sources: this._sources,
      ask: (cells, signal) => ask(_panel.context.path, cells, signal)
    });
    this._link = new KernelLink(_panel.sessionContext);
    this._analyzer.changed.connect(this._onAnalysis, this);
    this._link.changed.connect(this._emit, this);
    _panel.title.changed.connect(this._emit, this);
    _panel.disposed.connect(this.dispose, this);
  }

  get title(): string {
    return this._panel.title.label;
  }

  get analysis(): IAnalysis | null {
    return this._analyzer.analysis;
  }

  get analysisError(): Error | null {
    return this._analyzer.error;
  }

  get slow(): boolean {
    return this._analyzer.slow;
  }

  get kernel(): LinkStatus {
    return this._link.status;
  }

  get kernelState(): IKernelState | null {
    return this._link.state;
  }

  get kernelBusy(): boolean {
    return this._link.busy;
  }

  get kernelError(): RequestError | null {
    return this._link.error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  refresh(): void {
    this._analyzer.refresh();
  }

  async enable(): Promise<void> {
    await this._link.enable();
  }

  async setBackend(backend: Backend): Promise<void> {
    await this._link.request('set_backend', { backend });
  }

  fix(fix: IFix): void {
    applyEdits(this._sources.models(), this._analyzer.analyzed, fix.edits);
    this._analyzer.refresh();
  }

  async reveal(cell: number, line: number): Promise<void> {
    const id = this.analysis?.cells[cell]?.id;
    if (id !== undefined) {
      await reveal(this._panel, id, line);
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._analyzer.dispose();
    this._link.dispose();
    this._sources.dispose();
    Signal.clearData(this);
  }

  private _onAnalysis(): void {
    if (this._marks && this.analysis) {
      const cells = new Map(this.analysis.cells.map(cell => [cell.id, cell]));
      const { diagnostics } = this.analysis;
      for (const model of this._sources.models()) {
        const cell = cells.get(model.id);
        this._marks.show(
          model,
          executorRegions(cell),
          diagnostics.filter(item => item.cell === cell?.index)
        );
      }
    }
    this._emit();
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _sources: NotebookSources;
  private readonly _analyzer: Analyzer;
  private readonly _link: KernelLink;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

function executorRegions(cell: ICellView | undefined): readonly IRegion[] {
  return cell?.regions.filter(region => region.side !== 'local') ?? [];
}
