import { PageConfig } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Ask } from './analyzer';
import { Analyzer } from './analyzer';
import type { IProof } from './diagnostics';
import type { IChange } from './edits';
import { applyEdits, changes, restorable, restore } from './edits';
import type { EditorMarks } from './editor';
import type { IInspection, Once } from './inspection';
import { KernelMemory } from './kernelMemory';
import { otherLanguage } from './language';
import type { LinkStatus } from './link';
import { KernelLink } from './link';
import type { IMarked } from './notebookMarks';
import { NotebookMarks } from './notebookMarks';
import { KernelObserver } from './observer';
import type { Backend, IAnalysis, IEdit, IKernelState, IShipped, RequestError } from './protocol';
import { Proofs } from './proven';
import type { ICellSource, IObservation } from './rest';
import { reveal } from './reveal';
import { outdated } from './rewritten';
import type { IHistory, IJob, IRun } from './runs';
import { readLink } from './runs';
import type { IOpened, ISent, ISentFunction } from './sent';
import { readOpened, sentOf } from './sent';
import { SavedAs } from './savedAs';
import { NotebookSources } from './sources';

export interface INotebookInspectionOptions {
  /** Its context must be ready. */
  readonly panel: NotebookPanel;
  /** Gets the notebook's path and what is known of its kernel with its cells. */
  readonly ask: (
    path: string,
    cells: readonly ICellSource[],
    observation: IObservation,
    signal: AbortSignal
  ) => ReturnType<Ask>;
  readonly explain: (panel: NotebookPanel, kind: string) => Promise<void>;
  readonly marks: EditorMarks | null;
  readonly contents: Pick<Contents.IManager, 'fileChanged' | 'localPath'>;
  /** Whether a notebook is open at a path. */
  readonly isOpen: (path: string) => boolean;
  readonly trans: TranslationBundle;
}

/** One notebook panel's inspection; lives as long as the panel. */
export class NotebookInspection implements IInspection, IDisposable {
  constructor(private readonly _options: INotebookInspectionOptions) {
    const { panel, ask, marks, contents, isOpen, trans } = _options;
    this._sources = new NotebookSources(panel.context.model);
    this._link = new KernelLink(panel.sessionContext, trans);
    this._observer = new KernelObserver(panel.sessionContext, this._link, this._sources);
    this._analyzer = new Analyzer({
      sources: this._sources,
      ask: (cells, signal) => {
        const observation = this._observer.observation(cells);
        const { edited } = observation;
        if (edited.length !== this._edited.size || !edited.every(id => this._edited.has(id))) {
          this._edited = new Set(edited);
        }
        return ask(panel.context.path, this.otherLanguage === null ? cells : [], observation, signal);
      }
    });
    this._memory = new KernelMemory(
      this._link,
      this._observer,
      () => panel.context.localPath,
      PageConfig.getOption('serverRoot') || null
    );
    this._savedAs = new SavedAs(panel.context, contents, isOpen, path => {
      this._memory.copied(contents.localPath(path));
    });
    this._marks = marks && new NotebookMarks(marks, this._sources, this);
    this._observer.changed.connect(this.refresh, this);
    this._memory.changed.connect(this._onKernel, this);
    this._analyzer.changed.connect(this._onAnalysis, this);
    this._link.changed.connect(this._onKernel, this);
    panel.title.changed.connect(this._emit, this);
    panel.context.pathChanged.connect(this._memory.tell, this._memory);
    panel.disposed.connect(this.dispose, this);
  }

  get path(): string {
    return this._options.panel.context.path;
  }

  get title(): string {
    return this._options.panel.title.label;
  }

  get analysis(): IAnalysis | null {
    return this._proofs.of(this._analyzer.analysis, this.sent?.findings ?? [], this.sources);
  }

  get otherLanguage(): string | null {
    return otherLanguage(this._options.panel.context.model, this._link.status);
  }

  get outdated(): ReadonlySet<IShipped> {
    const { analysis, sources, sent, edited } = this;
    const from = [analysis, sources, sent, edited];
    if (from.some((each, index) => each !== this._outdatedFrom[index])) {
      this._outdatedFrom = from;
      this._outdated = analysis ? outdated(analysis, sources, sent, edited) : new Set();
    }
    return this._outdated;
  }

  get analysisError(): Error | null {
    return this._analyzer.error;
  }

  get sources(): readonly ICellSource[] {
    return this._analyzer.analyzed;
  }

  get edited(): ReadonlySet<string> {
    return this._edited;
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

  get runs(): readonly IRun[] {
    return this._memory.runs;
  }

  get history(): IHistory | null {
    return this._memory.history;
  }

  get sent(): ISent | null {
    return this._memory.sent;
  }

  get kernelOlder(): boolean {
    return this._memory.older;
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

  async stop(what: { readonly run: number } | { readonly key: number }): Promise<void> {
    if (this._link.reachable) {
      await this._link.request('stop', { ...what });
    } else {
      // What runs in the background leaves the kernel idle: this is the running cell's.
      await this._link.interrupt();
    }
  }

  async logview(job: IJob): Promise<string | null> {
    const answer = await this._link.request('logview', { instance: job.instance, project: job.project });
    return readLink(answer);
  }

  async open(job: number, at: number): Promise<IOpened> {
    return readOpened(await this._link.query('opened', { job, function: at }, true));
  }

  sentHere(): readonly ISentFunction[] {
    const id = this._options.panel.content.activeCell?.model.id;
    const { analysis, sent } = this;
    const at = analysis?.cells.findIndex(cell => cell.id === id) ?? -1;
    const here = analysis?.shipped.filter(
      shipped => shipped.cell === at || shipped.calls.some(call => call.cell === at)
    );
    return (here ?? []).flatMap(shipped => (analysis && sentOf(shipped, analysis, sent)) ?? []);
  }

  async runOnce(how: Once, named?: string): Promise<void> {
    const { content, sessionContext } = this._options.panel;
    const cell =
      named === undefined ? content.activeCell : content.widgets.find(widget => widget.model.id === named);
    if (cell?.model.type !== 'code') {
      return;
    }
    const { id } = cell.model;
    // Only where the kernel has agreed: it must not run on whatever holds else.
    if ((await this._link.request('once', { cell: id, how })) === undefined) {
      return;
    }
    try {
      await NotebookActions.runCells(content, [cell], sessionContext);
    } finally {
      // A cell before it may have failed, and this one with it.
      await this._link.query('once', { cell: id, how: null }).catch(() => undefined);
    }
  }

  edit(edits: readonly IEdit[]): boolean {
    const made = applyEdits(this._sources.models(), this.sources, edits);
    if (made) {
      this._changes = changes(this.sources, edits);
    }
    this._analyzer.refresh();
    return made;
  }

  get restorable(): number {
    return restorable(this._sources.models(), this._changes) ? this._changes.length : 0;
  }

  restore(): boolean {
    const restored = restore(this._sources.models(), this._changes);
    this._changes = [];
    this._analyzer.refresh();
    return restored;
  }

  dismiss(proof: IProof): void {
    this._proofs.dismiss(proof);
    this._onAnalysis();
  }

  async explain(kind: string): Promise<void> {
    await this._options.explain(this._options.panel, kind);
  }

  async reveal(cell: number, line: number): Promise<void> {
    const id = this.analysis?.cells[cell]?.id;
    if (id !== undefined) {
      await reveal(this._options.panel, id, line);
    }
  }

  /** Whether a node lies in the view of the notebook that this is of. */
  holds(node: Node): boolean {
    return this._options.panel.node.contains(node);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._analyzer.dispose();
    this._savedAs.dispose();
    this._memory.dispose();
    this._observer.dispose();
    this._link.dispose();
    this._sources.dispose();
    Signal.clearData(this);
  }

  private _onKernel(): void {
    if (this.otherLanguage !== this._language) {
      this._language = this.otherLanguage;
      this.refresh();
    }
    const { analysis } = this;
    if (analysis) {
      this._marks?.follow(this._marked(analysis));
    }
    this._emit();
  }

  private _onAnalysis(): void {
    const { analysis } = this;
    if (analysis) {
      this._marks?.show(this._marked(analysis));
    }
    this._emit();
  }

  private _marked(analysis: IAnalysis): IMarked {
    return { analysis, shipments: this._link.state?.sent ?? [], outdated: this.outdated };
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _sources: NotebookSources;
  private readonly _analyzer: Analyzer;
  private readonly _link: KernelLink;
  private readonly _observer: KernelObserver;
  private readonly _proofs = new Proofs();
  /** What the last edits did. */
  private _changes: readonly IChange[] = [];
  private _language: string | null = null;
  private _edited: ReadonlySet<string> = new Set();
  private _outdated: ReadonlySet<IShipped> = new Set();
  /** What it was found from. */
  private _outdatedFrom: readonly unknown[] = [];
  private readonly _memory: KernelMemory;
  private readonly _savedAs: SavedAs;
  private readonly _marks: NotebookMarks | null;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
