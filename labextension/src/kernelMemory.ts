import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { KernelAnswer } from './answer';
import type { KernelLink } from './link';
import type { KernelObserver } from './observer';
import { RunLog } from './runlog';
import type { IHistory, IRun } from './runs';
import { readHistory } from './runs';
import type { ISent } from './sent';
import { readSent } from './sent';

/**
 * What one notebook's kernel remembers: its runs, earlier ones, and what was sent.
 *
 * Asked again whenever a run begins or ends. A kernel is told which notebook it serves, and when that is renamed, so
 * that the history outlives the kernel and follows the notebook.
 */
export class KernelMemory implements IDisposable {
  /**
   * @param path of the notebook on the server, as it is named at that time.
   * @param root the server's folder that it counts from; null where that is not known.
   */
  constructor(
    private readonly _link: Pick<KernelLink, 'status' | 'state' | 'changed' | 'query'>,
    observer: Pick<KernelObserver, 'ended'>,
    private readonly _path: () => string,
    private readonly _root: string | null
  ) {
    this._history = new KernelAnswer(_link, 'history', readHistory);
    this._sent = new KernelAnswer(_link, 'sent', readSent);
    this._history.changed.connect(this._emit, this);
    this._sent.changed.connect(this._emit, this);
    observer.ended.connect(this._sent.ask, this._sent);
    _link.changed.connect(this._onLink, this);
  }

  /** The runs that this page has heard of, newest first, with all that is known of them. */
  get runs(): readonly IRun[] {
    return this._log.runs;
  }

  /** The runs that the kernel remembers; null where it has not told any. */
  get history(): IHistory | null {
    return this._history.value;
  }

  /** What was sent, and what was seen to fail there; null where the kernel has not told it. */
  get sent(): ISent | null {
    return this._sent.value;
  }

  /** Whether the kernel's extension is of another version, which does not know all that is asked. */
  get older(): boolean {
    return this._history.refused || this._sent.refused;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._history.dispose();
    this._sent.dispose();
    Signal.clearData(this);
  }

  private _onLink(): void {
    const { state } = this._link;
    const turned = this._log.note(state);
    if (turned) {
      this._history.ask();
      this._sent.ask();
    }
    // The next kernel has to be told anew, and one that could not be told, though not with each of its words.
    if (state === null || (turned && this._unheard)) {
      this._told = null;
    }
    this.tell();
  }

  /** Tell the kernel which notebook it serves, unless it has been told so. */
  tell(): void {
    const { state } = this._link;
    const path = this._path();
    // A kernel that does not speak of its notebook cannot be told either.
    if (typeof state?.knowsNotebook !== 'boolean' || path === this._told) {
      return;
    }
    this._told = path;
    this._unheard = false;
    // The kernel asks nobody else, and a history that cannot be kept is not worth a word.
    this._link.query('notebook', { path, root: this._root }).then(
      () => {
        this._history.ask();
      },
      (error: unknown) => {
        if (!this._isDisposed) {
          this._unheard = true;
          console.warn('odps-jupyter: the kernel keeps no history of this notebook.', error);
        }
      }
    );
  }

  /** Tell the kernel that its notebook was saved under another path too, whose history goes on from this one's. */
  copied(path: string): void {
    if (typeof this._link.state?.knowsNotebook !== 'boolean') {
      return;
    }
    this._link.query('copied', { path, root: this._root }).catch((error: unknown) => {
      console.warn('odps-jupyter: the copy of this notebook begins without its history.', error);
    });
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _history: KernelAnswer<IHistory>;
  private readonly _sent: KernelAnswer<ISent>;
  private readonly _log = new RunLog();
  /** The path that the kernel was told. */
  private _told: string | null = null;
  /** Whether it did not take it. */
  private _unheard = false;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
