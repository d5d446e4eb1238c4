import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Ask } from './analyzer';
import { KernelAnswer } from './answer';
import { Analyzer } from './analyzer';
import { capturedNames } from './captured';
import type { IDiagnostic } from './diagnostics';
import { applyEdits } from './edits';
import type { EditorMarks } from './editor';
import { otherLanguage } from './language';
import type { LinkStatus } from './link';
import { KernelLink } from './link';
import { KernelObserver } from './observer';
import type { Backend, IAnalysis, ICellView, IEdit, IKernelState, IRegion, RequestError } from './protocol';
import type { ICellSource, IObservation } from './rest';
import { reveal } from './reveal';
import { RunLog } from './runlog';
import type { IHistory, IJob, IRun } from './runs';
import { readHistory, readLink } from './runs';
import type { IOpened, ISent, ISentFunction } from './sent';
import { readOpened, readSent, sentOf } from './sent';
import type { ISent as IShipment } from './shipments';
import { NotebookSources } from './sources';

/** All that is known of one open notebook, and what can be done with it. */
export interface IInspection {
  readonly title: string;
  readonly analysis: IAnalysis | null;
  /** The cells that the analysis speaks of. */
  readonly sources: readonly ICellSource[];
  /** Ids of the cells whose text has changed since they ran. */
  readonly edited: ReadonlySet<string>;
  /** The language of a notebook that is not in Python, and so not analysed; '' if it names none. */
  readonly otherLanguage: string | null;
  readonly analysisError: Error | null;
  readonly slow: boolean;
  readonly kernel: LinkStatus;
  readonly kernelState: IKernelState | null;
  readonly kernelBusy: boolean;
  readonly kernelError: RequestError | null;
  /** The kernel's runs that this page has heard of, newest first, with all that is known of them. */
  readonly runs: readonly IRun[];
  /** The runs that the kernel remembers; null where it has not told any. */
  readonly history: IHistory | null;
  /** What was sent, and what was seen to fail there; null where the kernel has not told it. */
  readonly sent: ISent | null;
  /** Whether the kernel's extension is of another version, which does not know all that is asked. */
  readonly kernelOlder: boolean;
  readonly changed: ISignal<IInspection, void>;

  /** Analyse again, for instance after the server could not be reached. */
  refresh(): void;
  /** Load the kernel extension. */
  enable(): Promise<void>;
  setBackend(backend: Backend): Promise<void>;
  /** Stop a run under way, or one execution. */
  stop(what: { readonly run: number } | { readonly key: number }): Promise<void>;
  /** The link to a job's Logview; null, and an error to be shown, where there is none. */
  logview(job: IJob): Promise<string | null>;
  /** The texts of a function that was sent; rejected with a reason to be shown. */
  open(job: number, at: number): Promise<IOpened>;
  /** Of the functions sent last, those that are defined or handed over in the active cell. */
  sentHere(): readonly ISentFunction[];
  /** Run the active cell for once on a backend, or compared. */
  runOnce(how: Backend | 'compare'): Promise<void>;
  /**
   * Make edits, one step to undo in each cell.
   *
   * @returns whether they were made: they are not if the cells have changed since they were analysed.
   */
  edit(edits: readonly IEdit[]): boolean;
  /** Show what a rule is about. */
  explain(kind: string): Promise<void>;
  /** Show a line (from 0) of a code cell (by position among the code cells) in the notebook. */
  reveal(cell: number, line: number): Promise<void>;
}

export interface IInspectionOptions {
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
  readonly trans: TranslationBundle;
}

/** One notebook panel's inspection; lives as long as the panel. */
export class Inspection implements IInspection, IDisposable {
  constructor(private readonly _options: IInspectionOptions) {
    const { panel, ask, trans } = _options;
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
    this._history = new KernelAnswer(this._link, 'history', readHistory);
    this._sent = new KernelAnswer(this._link, 'sent', readSent);
    this._observer.changed.connect(this.refresh, this);
    this._observer.ended.connect(this._sent.ask, this._sent);
    this._history.changed.connect(this._emit, this);
    this._sent.changed.connect(this._emit, this);
    this._analyzer.changed.connect(this._onAnalysis, this);
    this._link.changed.connect(this._onLink, this);
    panel.title.changed.connect(this._emit, this);
    panel.disposed.connect(this.dispose, this);
  }

  get title(): string {
    return this._options.panel.title.label;
  }

  get analysis(): IAnalysis | null {
    return this._analyzer.analysis;
  }

  get otherLanguage(): string | null {
    return otherLanguage(this._options.panel.context.model, this._link.status);
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
    return this._log.runs;
  }

  get history(): IHistory | null {
    return this._history.value;
  }

  get sent(): ISent | null {
    return this._sent.value;
  }

  get kernelOlder(): boolean {
    return this._history.refused || this._sent.refused;
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

  async runOnce(how: Backend | 'compare'): Promise<void> {
    const { content, sessionContext } = this._options.panel;
    const cell = content.activeCell;
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
    const made = applyEdits(this._sources.models(), this._analyzer.analyzed, edits);
    this._analyzer.refresh();
    return made;
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

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._analyzer.dispose();
    this._history.dispose();
    this._sent.dispose();
    this._observer.dispose();
    this._link.dispose();
    this._sources.dispose();
    Signal.clearData(this);
  }

  private _onLink(): void {
    const { state } = this._link;
    if (this.otherLanguage !== this._language) {
      this._language = this.otherLanguage;
      this.refresh();
    }
    if (this._log.note(state)) {
      this._history.ask();
      this._sent.ask();
    }
    if (state?.knowsNotebook === false && this._options.panel.context.path !== this._toldPath) {
      // The kernel asks nobody else, and a history that cannot be kept is not worth a word.
      this._toldPath = this._options.panel.context.path;
      this._link.query('notebook', { path: this._toldPath }).then(
        () => {
          this._history.ask();
        },
        (error: unknown) => {
          console.warn('odps-jupyter: the kernel keeps no history of this notebook.', error);
        }
      );
    }
    const shipments = state?.sent ?? [];
    if (!JSONExt.deepEqual(shipments as unknown as JSONValue, this._shipments as unknown as JSONValue)) {
      this._shipments = shipments;
      this._mark();
    }
    this._emit();
  }

  private _onAnalysis(): void {
    this._mark();
    this._emit();
  }

  private _mark(): void {
    const { marks } = this._options;
    const { analysis } = this;
    if (!marks || !analysis) {
      return;
    }
    const cells = new Map(analysis.cells.map(cell => [cell.id, cell]));
    const captured = capturedNames(analysis, this._shipments, this._edited);
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
      marks.show(
        model,
        cell
          ? {
              regions: executorRegions(cell),
              diagnostics: diagnostics.get(cell.index) ?? [],
              captured: captured.get(cell.index) ?? [],
              actions: this
            }
          : {}
      );
    }
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _sources: NotebookSources;
  private readonly _analyzer: Analyzer;
  private readonly _link: KernelLink;
  private readonly _observer: KernelObserver;
  private _language: string | null = null;
  private _edited: ReadonlySet<string> = new Set();
  private readonly _history: KernelAnswer<IHistory>;
  private readonly _sent: KernelAnswer<ISent>;
  private readonly _log = new RunLog();
  private _toldPath: string | null = null;
  /** What the marks were made with. */
  private _shipments: readonly IShipment[] = [];
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

function executorRegions(cell: ICellView): readonly IRegion[] {
  return cell.regions.filter(region => region.side !== 'local');
}
