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
  readReply,
  readStateResult,
  REQUEST_TARGET,
  RequestError,
  VERSION,
  VersionError
} from './protocol';

/**
 * How far the panel got with the notebook's kernel:
 * `none` no kernel; `asking` it has not answered yet; `foreign` not a Python kernel; `absent` our extension is not
 * loaded there; `loaded`; `outdated` loaded in a version that cannot be understood.
 */
export type LinkStatus = 'none' | 'asking' | 'foreign' | 'absent' | 'loaded' | 'outdated';

/** The little of a comm that is used; `subshellStarted` is there from JupyterLab 4.4 with ipykernel 7. */
type Comm = Kernel.IComm & { readonly subshellStarted?: Promise<void> };

interface IPending {
  resolve: (result: unknown) => void;
  reject: (reason: Error) => void;
}

const ENABLE = '%load_ext odps_jupyter';
const INSTALL = '%pip install odps-jupyter';

/**
 * The panel's end of the line to one notebook's kernel.
 *
 * Events are read from iopub and not from a comm: each holds the whole state, so a page that was reloaded in the middle
 * of a run knows all with the next one. Requests go over a comm, on a subshell where the kernel has those, and are then
 * answered while a cell runs.
 */
export class KernelLink implements IDisposable {
  constructor(
    private readonly _context: ISessionContext,
    private readonly _trans: TranslationBundle
  ) {
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

  /** Why the user's last request was not carried out, or null. */
  get error(): RequestError | null {
    return this._error;
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
    return this._carryOut(() => this._request(method, params));
  }

  /** Whether a request is answered now: not while a cell runs, where there are no subshells or none is known of yet. */
  get reachable(): boolean {
    const kernel = this._kernel;
    return kernel !== null && (kernel.supportsSubshells || kernel.status === 'idle');
  }

  /** Interrupt the running cell. */
  async interrupt(): Promise<void> {
    await this._carryOut(async () => this._kernel?.interrupt());
  }

  /**
   * Ask the kernel something the user did not ask for: what goes wrong is the caller's, and is not shown.
   *
   * @throws RequestError
   */
  async query(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    return this._request(method, params);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._reset();
    Signal.clearData(this);
  }

  private get _kernel(): Kernel.IKernelConnection | null {
    return this._context.session?.kernel ?? null;
  }

  private async _carryOut(action: () => Promise<unknown>): Promise<unknown> {
    this._waiting += 1;
    this._error = null;
    this._changed.emit();
    try {
      return await action();
    } catch (error) {
      this._error =
        error instanceof RequestError
          ? error
          : new RequestError(
              this._trans.__('The kernel could not be asked.'),
              error instanceof Error ? error.message : null
            );
      return undefined;
    } finally {
      this._waiting -= 1;
      this._changed.emit();
    }
  }

  /** Find out whether the kernel speaks, without running code in it and without a line in its log. */
  private _probe(): void {
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
      const { sequence, state } = readStateResult(await this._request('state', {}));
      if (generation === this._generation) {
        this._hear(sequence, state);
      }
    };
    ask().catch((error: unknown) => {
      // A kernel that died or was changed while it was asked; its successor has been asked already.
      if (generation === this._generation) {
        this._refuse(error);
      }
    });
  }

  private async _request(method: string, params: Record<string, unknown>): Promise<unknown> {
    const comm = await this._connect();
    const id = String(this._nextId++);
    const answer = new Promise<unknown>((resolve, reject) => {
      this._pending.set(id, { resolve, reject });
    });
    comm.send({ version: VERSION, id, method, params } as never);
    return answer;
  }

  /** The request comm, opened once however many ask for it at the same time. */
  private async _connect(): Promise<Comm> {
    this._comm ??= this._open();
    return this._comm;
  }

  private async _open(): Promise<Comm> {
    const kernel = this._kernel;
    if (!kernel) {
      throw new RequestError(
        this._trans.__('This notebook has no kernel.'),
        this._trans.__('Start one and try again.')
      );
    }
    // A page reloaded in the middle of a run does not know yet whether there are subshells.
    await kernel.info;
    const comm: Comm = kernel.createComm(REQUEST_TARGET);
    if (kernel.supportsSubshells && comm.subshellStarted) {
      // Opened before its subshell is there, the comm would live on the main shell and wait behind the running cell.
      await Promise.race([comm.subshellStarted, new Promise(resolve => setTimeout(resolve, 2000))]);
    }
    comm.onMsg = message => {
      this._onReply(message.content.data);
    };
    comm.onClose = () => {
      this._reset();
      this._set('absent', null);
    };
    comm.open();
    return comm;
  }

  private _onReply(data: unknown): void {
    let reply: ReturnType<typeof readReply>;
    try {
      reply = readReply(data);
    } catch (error) {
      this._refuse(error);
      return;
    }
    const pending = this._pending.get(reply.id);
    this._pending.delete(reply.id);
    if ('error' in reply) {
      pending?.reject(reply.error);
    } else {
      pending?.resolve(reply.result);
    }
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
        this._hear(event.sequence, event.state);
      } else if (event?.event === 'closed') {
        this._reset();
        this._set('absent', null);
      }
    } catch (error) {
      this._refuse(error);
    }
  }

  /** Take a state unless a later one is known: a reply and an event may overtake each other. */
  private _hear(sequence: number, state: IKernelState): void {
    if (this._status === 'loaded' && sequence < this._sequence && sequence !== 1) {
      return;
    }
    this._sequence = sequence;
    this._set('loaded', state);
  }

  private _refuse(error: unknown): void {
    if (error instanceof VersionError) {
      this._set('outdated', null);
      return;
    }
    this._error =
      error instanceof RequestError
        ? error
        : new RequestError(
            error instanceof ProtocolError
              ? this._trans.__("The kernel's odps-jupyter said something unexpected: %1.", error.message)
              : this._trans.__('The kernel could not be asked.'),
            error instanceof ProtocolError
              ? this._trans.__('Install the same version beside JupyterLab and in the kernel.')
              : null
          );
    this._changed.emit();
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
    this._sequence = 0;
    this._comm = null;
    const pending = Array.from(this._pending.values());
    this._pending.clear();
    for (const { reject } of pending) {
      reject(
        new RequestError(
          this._trans.__('The kernel stopped before it answered.'),
          this._trans.__('Try again when it is back.')
        )
      );
    }
  }

  private _set(status: LinkStatus, state: IKernelState | null): void {
    this._status = status;
    this._state = state;
    this._changed.emit();
  }

  private _status: LinkStatus = 'asking';
  private _state: IKernelState | null = null;
  private _error: RequestError | null = null;
  private _sequence = 0;
  private _generation = 0;
  private _restarted = false;
  private _waiting = 0;
  private _nextId = 1;
  private _comm: Promise<Comm> | null = null;
  private _isDisposed = false;
  private readonly _pending = new Map<string, IPending>();
  private readonly _changed = new Signal<this, void>(this);
}
