import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { KernelAnswer } from './answer';
import type { KernelLink } from './link';
import type { IKernelFacts, IRunOfCell } from './protocol';
import { readFacts } from './protocol';
import type { ICellSource, IObservation } from './rest';
import type { IExecuted, NotebookSources } from './sources';

/**
 * Observes one notebook's kernel: which cells ran and in which order, and what its names hold.
 *
 * A kernel with our extension is asked after each run; of one without it only those runs are known that the notebook
 * has seen, by the execution counts of its cells.
 */
export class KernelObserver implements IDisposable {
  constructor(
    context: ISessionContext,
    link: Pick<KernelLink, 'status' | 'changed' | 'query'>,
    sources: Pick<NotebookSources, 'executed'>
  ) {
    context.iopubMessage.connect(this._onIOPub, this);
    context.kernelChanged.connect(this._forget, this);
    context.statusChanged.connect(this._onStatus, this);
    sources.executed.connect(this._onExecuted, this);
    this._facts = new KernelAnswer(link, 'facts', readFacts);
    this._facts.changed.connect(this._emit, this);
  }

  /** What is known has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A cell has run to its end. */
  get ended(): ISignal<this, void> {
    return this._ended;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** What is known, said of these cells. */
  observation(cells: readonly ICellSource[]): IObservation {
    const runs = this._facts.value?.runs ?? this._seen;
    const known = new Map(cells.map(cell => [cell.id, cell.source]));
    const latest = new Map<string, string>();
    const order: string[] = [];
    for (const run of runs) {
      const id = run.id ?? only(cells, run.source);
      if (id !== null && known.has(id)) {
        order.push(id);
        if (run.source !== null) {
          latest.set(id, run.source);
        }
      }
    }
    const edited = Array.from(latest)
      .filter(([id, source]) => known.get(id)?.trimEnd() !== source.trimEnd())
      .map(([id]) => id);
    const { names = {}, source = false } = this._facts.value ?? {};
    return { order, edited, facts: names, source };
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._facts.dispose();
    Signal.clearData(this);
  }

  private _onIOPub(_: ISessionContext, message: KernelMessage.IMessage): void {
    const parent = message.parent_header;
    if (!('msg_id' in parent)) {
      return;
    }
    // Not the kernel's status: a request on a subshell turns that to idle too, and ours would ask for the next.
    if (message.header.msg_type === 'execute_input') {
      this._running.add(parent.msg_id);
    } else if (
      message.header.msg_type === 'status' &&
      (message.content as KernelMessage.IStatusMsg['content']).execution_state === 'idle' &&
      this._running.delete(parent.msg_id)
    ) {
      this._ended.emit();
      this._facts.ask();
    }
  }

  private _onExecuted(_: unknown, run: IExecuted): void {
    // The counts may come out of turn, but they count the runs.
    this._seen = [...this._seen.filter(each => each.count !== run.count), run].sort(
      (a, b) => a.count - b.count
    );
    if (!this._facts.value) {
      this._changed.emit();
    }
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this._forget();
    }
  }

  private _forget(): void {
    this._running.clear();
    this._seen = [];
    this._facts.forget();
    this._changed.emit();
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _facts: KernelAnswer<IKernelFacts>;
  private _seen: readonly (IRunOfCell & IExecuted)[] = [];
  private _isDisposed = false;
  private readonly _running = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, void>(this);
}

/** The one cell with this source. */
function only(cells: readonly ICellSource[], source: string | null): string | null {
  const [first, ...others] = cells.filter(cell => cell.source === source);
  return first && others.length === 0 ? first.id : null;
}
