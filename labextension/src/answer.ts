import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { KernelLink } from './link';
import { RequestError } from './protocol';

/**
 * The kernel's answer to a question that has another answer after each run.
 *
 * Asked once the extension is loaded there, and whenever it is told to; questions that come while one is under way are
 * asked once more, together. The last answer stays until the kernel is another.
 */
export class KernelAnswer<T> implements IDisposable {
  constructor(
    private readonly _link: Pick<KernelLink, 'status' | 'changed' | 'query'>,
    private readonly _method: string,
    private readonly _read: (result: unknown) => T
  ) {
    _link.changed.connect(this._onLink, this);
    this._onLink();
  }

  /** The last answer, null before the first. */
  get value(): T | null {
    return this._value;
  }

  /** Whether the kernel's extension cannot be asked this: it is of another version. */
  get refused(): boolean {
    return this._refused;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask again. */
  ask(): void {
    void this._ask();
  }

  /** Drop the answer, which is of no more interest, and the one that is awaited. */
  forget(): void {
    this._generation += 1;
    this._refused = false;
    if (this._value !== null) {
      this._value = null;
      this._changed.emit();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._generation += 1;
      Signal.clearData(this);
    }
  }

  private _onLink(): void {
    const loaded = this._link.status === 'loaded';
    if (loaded === this._loaded) {
      return;
    }
    this._loaded = loaded;
    this.forget();
    if (loaded) {
      this.ask();
    }
  }

  private async _ask(): Promise<void> {
    if (!this._loaded || this._isDisposed) {
      return;
    }
    if (this._asking) {
      this._again = true;
      return;
    }
    this._asking = true;
    const generation = this._generation;
    try {
      const value = this._read(await this._link.query(this._method));
      if (generation === this._generation) {
        this._value = value;
        this._refused = false;
        this._changed.emit();
      }
    } catch (error) {
      if (generation === this._generation && !this._refused) {
        // An older extension in the kernel: what it would tell is not shown.
        this._refused = true;
        console.warn(
          `odps-jupyter: the kernel does not answer "${this._method}".`,
          error instanceof RequestError ? error.message : error
        );
        this._changed.emit();
      }
    } finally {
      this._asking = false;
    }
    if (this._again) {
      this._again = false;
      // Not awaited: a kernel that runs cell after cell always has one more.
      void this._ask();
    }
  }

  private _value: T | null = null;
  private _loaded = false;
  private _refused = false;
  private _asking = false;
  private _again = false;
  private _generation = 0;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
