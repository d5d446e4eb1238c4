import type { JSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IAnalysis } from './protocol';
import type { ICellSource } from './rest';

/** Where to read the cells, and when they change. */
export interface ISources {
  readonly changed: ISignal<unknown, void>;
  read(): ICellSource[];
}

export type Ask = (cells: readonly ICellSource[], signal: AbortSignal) => Promise<IAnalysis>;

/** Milliseconds of quiet before a question: an edit must show within 150 ms after typing stops. */
export const QUIET = 60;

export interface IAnalyzerOptions {
  readonly sources: ISources;
  readonly ask: Ask;
  /** Milliseconds of quiet before a question. */
  readonly delay?: number;
  /** Milliseconds without an answer after which the user is told that it takes long. */
  readonly patience?: number;
}

/**
 * Keeps the analysis of one notebook up to date.
 *
 * Asks when the sources have been quiet for a moment, has at most one question under way, and shows no answer to
 * sources that have changed since. The last good answer stays while the next is awaited or could not be had.
 */
export class Analyzer implements IDisposable {
  constructor(options: IAnalyzerOptions) {
    this._sources = options.sources;
    this._ask = options.ask;
    this._delay = options.delay ?? QUIET;
    this._patience = options.patience ?? 1500;
    this._sources.changed.connect(this.refresh, this);
    void this._run();
  }

  /** The last answer, or null before the first. */
  get analysis(): IAnalysis | null {
    return this._analysis;
  }

  /** The sources the last answer speaks of. */
  get analyzed(): readonly ICellSource[] {
    return this._analyzed;
  }

  /** Why the last question had no answer, or null. */
  get error(): Error | null {
    return this._error;
  }

  /** Whether an answer has been awaited for longer than is usual. */
  get slow(): boolean {
    return this._slow;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask anew once the sources have been quiet for a moment. */
  refresh(): void {
    this._abort?.abort();
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._run(), this._delay);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._timer);
    this._abort?.abort();
    Signal.clearData(this);
  }

  private async _run(): Promise<void> {
    const abort = new AbortController();
    this._abort = abort;
    const patience = setTimeout(() => {
      this._slow = true;
      this._changed.emit();
    }, this._patience);
    try {
      const sources = this._sources.read();
      const analysis = await this._ask(sources, abort.signal);
      if (!abort.signal.aborted) {
        this._analyzed = sources;
        this._analysis = this._analysis ? share(this._analysis, analysis) : analysis;
        this._error = null;
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        this._error = error instanceof Error ? error : new Error(String(error));
      }
    } finally {
      clearTimeout(patience);
    }
    if (!abort.signal.aborted) {
      this._slow = false;
      this._changed.emit();
    }
  }

  private _analysis: IAnalysis | null = null;
  private _analyzed: readonly ICellSource[] = [];
  private _error: Error | null = null;
  private _slow = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _abort: AbortController | null = null;
  private _isDisposed = false;
  private readonly _ask: Ask;
  private readonly _sources: ISources;
  private readonly _delay: number;
  private readonly _patience: number;
  private readonly _changed = new Signal<this, void>(this);
}

/** The new answer, built from the old one's objects wherever they are equal: what did not change is not drawn again. */
export function share(old: IAnalysis, now: IAnalysis): IAnalysis {
  const shared = {
    cells: shareItems(old.cells, now.cells),
    placement: shareItems(old.placement, now.placement),
    shipped: shareItems(old.shipped, now.shipped),
    diagnostics: shareItems(old.diagnostics, now.diagnostics),
    prediction:
      old.prediction?.pandas === now.prediction?.pandas &&
      old.prediction?.executor === now.prediction?.executor
        ? old.prediction
        : now.prediction
  };
  const keys = Object.keys(shared) as (keyof IAnalysis)[];
  return keys.every(key => shared[key] === old[key]) ? old : shared;
}

function shareItems<T>(old: readonly T[], now: readonly T[]): readonly T[] {
  const items = now.map((item, index) => {
    const before = old[index];
    return before !== undefined && JSONExt.deepEqual(before as JSONValue, item as JSONValue) ? before : item;
  });
  return items.length === old.length && items.every((item, index) => item === old[index]) ? old : items;
}
