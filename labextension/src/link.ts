import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IKernelState } from './protocol';
import {
  EVENTS_TARGET,
  ProtocolError,
  readEvent,
  readStateResult,
  RequestError,
  VersionError
} from './protocol';
import { RequestLine } from './requests';

/**
 * How far the panel got with the notebook's kernel:
 * `none` no kernel; `asking` it has not answered yet; `foreign` not a Python kernel; `absent` our extension is not
 * loaded there; `loaded`; `outdated` loaded in a version that cannot be understood.
 */
export type LinkStatus = 'none' | 'asking' | 'foreign' | 'absent' | 'loaded' | 'outdated';

const ENABLE = '%load_ext odps_jupyter';
const INSTALL = '%pip install odps-jupyter';

/**
 * The panel's end of the line to one notebook's kernel.
 *
 * Events are read from iopub and not from a comm: each holds the whole state, so a page that was reloaded in the middle
 * of a run knows all with the next one.
 */
export class KernelLink implements IDisposable {
  constructor(
    private readonly _context: ISessionContext,
    private readonly _trans: TranslationBundle
  ) {
    this._requests = new RequestLine({
      kernel: () => this._kernel,
      control: () => this._control,
      closed: () => {
        this._reset();
        this._set('absent', null);
      },
      refused: error => this._refuse(error),
      trans: _trans
    });
    _context.iopubMessage.connect(this._onIOPub, this);
    _context.kernelChanged.connect(this._onKernelChanged, this);
    _context.statusChanged.connect(this._onStatus, this);
    this._probe();
  }

  get status(): LinkStatus {
    return this._status;
  }

  /** The kernel's last word; null unless loaded. */
  get state(): IKernelState | null {
    return this._state;
  }

  /** Whether a request of the user is under way. */
  get busy(): boolean {
    return this._waiting > 0;
  }

  /** Why the user's last request was not carried out, or what the kernel said that cannot be read; or null. */
  get error(): RequestError | null {
    return this._error ?? this._misheard;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Load our extension in the kernel. */
  async enable(): Promise<void> {
    await this._carryOut(async () => {
      const kernel = this._kernel;
      if (!kernel) {
        throw new RequestError(
          this._trans.__('This notebook has no kernel.'),
          this._trans.__('Start one, then enable ODPS here.')
        );
      }
      const reply = await kernel.requestExecute({ code: ENABLE, silent: true, store_history: false }).done;
      if (reply.content.status === 'error') {
        const { ename, evalue } = reply.content;
        throw ename === 'ModuleNotFoundError' && evalue.includes('odps_jupyter')
          ? new RequestError(
              this._trans.__("odps-jupyter is not installed in this kernel's Python."),
              this._trans.__('Run %1 in a cell, then enable it here.', INSTALL)
            )
          : new RequestError(this._trans.__('%1 failed: %2: %3', ENABLE, ename, evalue));
      }
      this._probe();
    });
  }

  /**
   * Have the kernel carry out `method`; what went wrong is kept in {@link error} for the user to read.
   *
   * @returns the kernel's answer; undefined if there was none.
   */
  async request(method: string, params: Record<string, unknown>): Promise<unknown> {
    return this._carryOut(() => this._requests.ask(method, params, true));
  }

  /** Whether a request is answered now. */
  get reachable(): boolean {
    return this._requests.reachable;
  }

  /** Interrupt the running cell. */
  async interrupt(): Promise<void> {
    await this._carryOut(async () => this._kernel?.interrupt());
  }

  /**
   * Ask the kernel something: what goes wrong is the caller's, and is not shown.
   *
   * @param soon somebody waits for it, and it cannot wait for the running cell.
   * @throws RequestError
   */
  async query(method: string, params: Record<string, unknown> = {}, soon = false): Promise<unknown> {
    return this._requests.ask(method, params, soon);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._generation += 1;
    this._requests.close();
    Signal.clearData(this);
  }

  private get _kernel(): Kernel.IKernelConnection | null {
    return this._context.session?.kernel ?? null;
  }

  private async _carryOut(action: () => Promise<unknown>): Promise<unknown> {
    this._waiting += 1;
    this._error = null;
    this._misheard = null;
    this._changed.emit();
    try {
      return await action();
    } catch (error) {
      const words = this._words(error);
      // That the versions differ is said elsewhere.
      this._error = words.cause instanceof VersionError ? null : words;
      return undefined;
    } finally {
      this._waiting -= 1;
      this._changed.emit();
    }
  }

  /** Find out whether the kernel speaks, without running code in it and without a line in its log. */
  private _probe(): void {
    if (this._isDisposed) {
      return;
    }
    const generation = this._generation;
    const ask = async (): Promise<void> => {
      const kernel = this._kernel;
      if (!kernel) {
        this._set('none', null);
        return;
      }
      const info = await kernel.info;
      if (generation !== this._generation) {
        return;
      }
      if (info.language_info.name !== 'python') {
        this._set('foreign', null);
        return;
      }
      const reply = await kernel.requestCommInfo({ target_name: EVENTS_TARGET });
      if (generation !== this._generation || this._status === 'loaded') {
        return;
      }
      const comms = reply.content.status === 'ok' ? reply.content.comms : {};
      if (!(EVENTS_TARGET in comms)) {
        this._set('absent', null);
        return;
      }
      const { sequence, state, control } = readStateResult(await this._requests.ask('state', {}, false));
      if (generation === this._generation) {
        this._hear(sequence, state, control);
      }
    };
    ask().catch((error: unknown) => {
      // A kernel that died or was changed while it was asked; its successor has been asked already.
      if (generation === this._generation) {
        this._refuse(error);
      }
    });
  }

  private _onIOPub(_: ISessionContext, message: KernelMessage.IMessage): void {
    if (message.header.msg_type !== 'comm_msg') {
      return;
    }
    const content = message.content as KernelMessage.ICommMsgMsg['content'];
    if (content.comm_id !== EVENTS_TARGET) {
      return;
    }
    try {
      const event = readEvent(content.data);
      if (event?.event === 'state') {
        this._hear(event.sequence, event.state, event.control);
      } else if (event?.event === 'closed') {
        this._reset();
        this._set('absent', null);
      }
    } catch (error) {
      this._refuse(error);
    }
  }

  /** Take a state unless a later one is known: a reply and an event may overtake each other. */
  private _hear(sequence: number, state: IKernelState, control: boolean): void {
    if (this._status === 'loaded' && sequence < this._sequence && sequence !== 1) {
      return;
    }
    this._sequence = sequence;
    this._control = control;
    this._misheard = null;
    this._set('loaded', state);
  }

  /** Take note of what cannot be read, or of a kernel that cannot be asked; gives it in words. */
  private _refuse(error: unknown): RequestError {
    const reason = this._words(error);
    if (error instanceof VersionError) {
      this._set('outdated', null);
    } else {
      this._misheard = reason;
      this._changed.emit();
    }
    return reason;
  }

  private _words(error: unknown): RequestError {
    if (error instanceof RequestError) {
      return error;
    }
    return error instanceof ProtocolError
      ? new RequestError(
          this._trans.__("The kernel's odps-jupyter said something unexpected: %1.", error.message),
          this._trans.__('Install the same version beside JupyterLab and in the kernel.'),
          { cause: error }
        )
      : new RequestError(
          this._trans.__('The kernel could not be asked.'),
          error instanceof Error ? error.message : null
        );
  }

  private _onKernelChanged(): void {
    this._reset();
    this._set(this._kernel ? 'asking' : 'none', null);
    this._probe();
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this._reset();
      this._set('asking', null);
      this._restarted = true;
    } else if (status === 'dead' || status === 'terminating') {
      this._reset();
      this._set('none', null);
    } else if (status === 'idle' && this._restarted) {
      this._restarted = false;
      this._probe();
    }
  }

  /** Forget the kernel that was: its comm, its promises and its state. */
  private _reset(): void {
    this._generation += 1;
    this._misheard = null;
    this._sequence = 0;
    this._control = false;
    this._requests.reset();
  }

  private _set(status: LinkStatus, state: IKernelState | null): void {
    this._status = status;
    this._state = state;
    this._changed.emit();
  }

  private _status: LinkStatus = 'asking';
  private _state: IKernelState | null = null;
  private _error: RequestError | null = null;
  /** What the kernel said that cannot be read; null again with its next word. */
  private _misheard: RequestError | null = null;
  private _sequence = 0;
  private _generation = 0;
  private _restarted = false;
  private _waiting = 0;
  /** Whether the kernel takes requests on its control channel. */
  private _control = false;
  private _isDisposed = false;
  private readonly _requests: RequestLine;
  private readonly _changed = new Signal<this, void>(this);
}
