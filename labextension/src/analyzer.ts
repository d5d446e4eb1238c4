import type { JSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IAnalysis } from './protocol';
import type { ICellSource } from './rest';
import { ServerError } from './rest';

/** Where to read the cells, and when they change. */
export interface ISources {
  readonly changed: ISignal<unknown, void>;
  read(): ICellSource[];
}

export type Ask = (cells: readonly ICellSource[], signal: AbortSignal) => Promise<IAnalysis>;

/** Milliseconds of quiet before a question: an edit must show within 150 ms after typing stops. */
export const QUIET = 40;

export interface IAnalyzerOptions {
  readonly sources: ISources;
  readonly ask: Ask;
  /** Milliseconds of quiet before a question. */
  readonly delay?: number;
  /** Milliseconds without an answer after which the user is told that it takes long. */
  readonly patience?: number;
  /** Milliseconds after which no answer is awaited any more. */
  readonly limit?: number;
}

/** Milliseconds until a server that could not be reached is asked again, and how far that grows. */
const RETRY = { first: 2000, last: 60_000 } as const;

/**
 * Keeps the analysis of one notebook up to date.
 *
 * Asks when the sources have been quiet for a moment, and one question at a time: the server works on a question to its
 * end even if nobody waits for it, so those of a fast typist would queue there. What comes meanwhile becomes one more
 * question, about the sources as they are then. No answer is shown to sources that have changed since. The last good
 * answer stays while the next is awaited or could not be had; a server that is away is asked again by itself.
 */
export class Analyzer implements IDisposable {
  constructor(options: IAnalyzerOptions) {
    this._sources = options.sources;
    this._ask = options.ask;
    this._delay = options.delay ?? QUIET;
    this._patience = options.patience ?? 1500;
    this._limit = options.limit ?? 60_000;
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
    if (!this._isDisposed) {
      clearTimeout(this._timer);
      this._timer = setTimeout(() => void this._run(), this._delay);
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._timer);
    clearTimeout(this._retrying);
    this._asking?.abort();
    Signal.clearData(this);
  }

  private async _run(): Promise<void> {
    if (this._asking) {
      this._again = true;
      return;
    }
    clearTimeout(this._retrying);
    const asking = (this._asking = new AbortController());
    const patience = setTimeout(() => {
      this._slow = true;
      this._changed.emit();
    }, this._patience);
    const limit = setTimeout(() => {
      asking.abort(new ServerError('silent', `${this._limit} ms`));
    }, this._limit);
    try {
      const sources = this._sources.read();
      const analysis = await this._ask(sources, asking.signal);
      this._take(sources, analysis);
    } catch (error) {
      this._fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      clearTimeout(patience);
      clearTimeout(limit);
      this._asking = null;
    }
    if (this._isDisposed) {
      return;
    }
    this._slow &&= this._again;
    this._changed.emit();
    if (this._again) {
      this._again = false;
      // Not awaited: as long as somebody types there is always one more.
      void this._run();
    }
  }

  private _take(sources: readonly ICellSource[], analysis: IAnalysis): void {
    if (this._isDisposed) {
      return;
    }
    this._error = null;
    this._retry = RETRY.first;
    if (same(sources, this._sources.read())) {
      this._analyzed = sources;
      this._analysis = this._analysis ? share(this._analysis, analysis) : analysis;
    }
  }

  private _fail(error: Error): void {
    if (this._isDisposed) {
      return;
    }
    this._error = error;
    if (error instanceof ServerError && error.kind === 'away') {
      this._retrying = setTimeout(() => void this._run(), this._retry);
      this._retry = Math.min(2 * this._retry, RETRY.last);
    }
  }

  private _analysis: IAnalysis | null = null;
  private _analyzed: readonly ICellSource[] = [];
  private _error: Error | null = null;
  private _slow = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** One of its own: a question of the user's does not wait until the server is asked again. */
  private _retrying: ReturnType<typeof setTimeout> | undefined;
  /** The question under way. */
  private _asking: AbortController | null = null;
  /** Whether there is another one to be asked after it. */
  private _again = false;
  private _retry: number = RETRY.first;
  private _isDisposed = false;
  private readonly _ask: Ask;
  private readonly _sources: ISources;
  private readonly _delay: number;
  private readonly _patience: number;
  private readonly _limit: number;
  private readonly _changed = new Signal<this, void>(this);
}

function same(now: readonly ICellSource[], then: readonly ICellSource[]): boolean {
  return (
    now.length === then.length &&
    now.every((cell, index) => cell.id === then[index]?.id && cell.source === then[index].source)
  );
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
