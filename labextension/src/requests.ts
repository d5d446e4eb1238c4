import type { Kernel } from '@jupyterlab/services';
import { KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { isFields } from './fields';
import { readReply, REQUEST_TARGET, RequestError, VERSION } from './protocol';

/** The little of a comm that is used; `subshellStarted` is there from JupyterLab 4.4 with ipykernel 7. */
type Comm = Kernel.IComm & { readonly subshellStarted?: Promise<void> };

interface IPending {
  resolve: (result: unknown) => void;
  reject: (reason: unknown) => void;
}

export interface IRequestLineOptions {
  readonly kernel: () => Kernel.IKernelConnection | null;
  /** Whether the kernel takes comm messages on its control channel. */
  readonly control: () => boolean;
  /** The kernel has closed its end. */
  readonly closed: () => void;
  /** It said something that is no reply; gives what those are told who wait for one. */
  readonly refused: (error: unknown) => RequestError;
  readonly trans: TranslationBundle;
}

/**
 * Requests to one kernel and their replies, over a comm.
 *
 * On a subshell where the kernel has those, and answered while a cell runs. Where it has none, what cannot wait for the
 * running cell goes over the control channel, if the kernel listens there.
 */
export class RequestLine {
  constructor(private readonly _options: IRequestLineOptions) {}

  /**
   * Whether a request is answered now: not while a cell runs, where there is no way past it or none is known of yet.
   */
  get reachable(): boolean {
    const kernel = this._options.kernel();
    return (
      kernel !== null && (kernel.supportsSubshells || this._options.control() || kernel.status === 'idle')
    );
  }

  /**
   * Ask, and wait for the answer.
   *
   * @param soon it cannot wait for the end of the running cell.
   * @throws RequestError
   */
  async ask(method: string, params: Record<string, unknown>, soon: boolean): Promise<unknown> {
    const kernel = this._kernel;
    // A message on the control channel turns the kernel's light to idle: only where there is nothing better.
    const control = soon && !kernel.supportsSubshells && this._options.control();
    const id = String(this._nextId++);
    // Waits from now on: a kernel that goes before there is a comm may never say that it has gone.
    const answer = new Promise<unknown>((resolve, reject) => {
      this._pending.set(id, { resolve, reject });
    });
    const send = async (): Promise<void> => {
      const comm = await this._connect(kernel, control);
      const data = { version: VERSION, id, method, params };
      if (!this._pending.has(id)) {
        return;
      }
      if (control) {
        sendOnControl(kernel, 'comm_msg', { comm_id: comm.commId, data });
      } else {
        comm.send(data as never);
      }
    };
    send().catch((error: unknown) => {
      this._pop(id)?.reject(error);
    });
    return answer;
  }

  /** Forget the kernel, and close the comm there: it would live as long as the kernel does. */
  close(): void {
    const comm = this._comm;
    this.reset();
    comm?.then(
      opened => {
        opened.onClose = () => undefined;
        if (!opened.isDisposed) {
          opened.close();
        }
      },
      () => undefined
    );
  }

  /** Forget the kernel that was: its comm, and those who wait for its answers. */
  reset(): void {
    this._comm = null;
    this._waiting = null;
    this._dismiss(
      new RequestError(
        this._options.trans.__('The kernel stopped before it answered.'),
        this._options.trans.__('Try again when it is back.')
      )
    );
  }

  /** Let nobody wait for an answer any more. */
  private _dismiss(reason: RequestError): void {
    const pending = Array.from(this._pending.values());
    this._pending.clear();
    for (const { reject } of pending) {
      reject(reason);
    }
  }

  private get _kernel(): Kernel.IKernelConnection {
    const kernel = this._options.kernel();
    if (!kernel) {
      throw new RequestError(
        this._options.trans.__('This notebook has no kernel.'),
        this._options.trans.__('Start one and try again.')
      );
    }
    return kernel;
  }

  /** The comm, opened once however many ask for it at the same time. */
  private async _connect(kernel: Kernel.IKernelConnection, control: boolean): Promise<Comm> {
    if (control && this._waiting) {
      // The one that is being opened waits for the cell that this one must not wait for.
      this._comm = null;
    }
    if (this._comm === null) {
      const comm = this._open(kernel, control);
      this._comm = comm;
      comm.catch(() => {
        // Who asks next opens another one.
        if (this._comm === comm) {
          this._comm = null;
        }
      });
    }
    return this._comm;
  }

  private async _open(kernel: Kernel.IKernelConnection, control: boolean): Promise<Comm> {
    if (!control) {
      const waiting = (this._waiting = {});
      // A page reloaded in the middle of a run does not know yet whether there are subshells.
      await kernel.info.finally(() => {
        if (this._waiting === waiting) {
          this._waiting = null;
        }
      });
    }
    const comm: Comm = kernel.createComm(REQUEST_TARGET);
    if (!control && kernel.supportsSubshells && comm.subshellStarted) {
      // Opened before its subshell is there, the comm would live on the main shell and wait behind the running cell.
      await Promise.race([comm.subshellStarted, new Promise(resolve => setTimeout(resolve, 2000))]);
    }
    comm.onMsg = message => {
      this._onReply(message.content.data);
    };
    comm.onClose = () => {
      this._options.closed();
    };
    if (control) {
      sendOnControl(kernel, 'comm_open', { comm_id: comm.commId, target_name: REQUEST_TARGET, data: {} });
    } else {
      comm.open();
    }
    return comm;
  }

  private _onReply(data: unknown): void {
    let reply: ReturnType<typeof readReply>;
    try {
      reply = readReply(data);
    } catch (error) {
      const reason = this._options.refused(error);
      const pending = isFields(data) && typeof data.id === 'string' ? this._pop(data.id) : undefined;
      if (pending) {
        pending.reject(reason);
      } else {
        // It may have been the answer to any of them.
        this._dismiss(reason);
      }
      return;
    }
    const pending = this._pop(reply.id);
    if ('error' in reply) {
      pending?.reject(reply.error);
    } else {
      pending?.resolve(reply.result);
    }
  }

  private _pop(id: string): IPending | undefined {
    const pending = this._pending.get(id);
    this._pending.delete(id);
    return pending;
  }

  private _nextId = 1;
  private _comm: Promise<Comm> | null = null;
  /** Stands for the comm that is being opened and waits for the kernel to say what it can. */
  private _waiting: object | null = null;
  private readonly _pending = new Map<string, IPending>();
}

/** Send what JupyterLab sends on the shell channel only. */
function sendOnControl(
  kernel: Kernel.IKernelConnection,
  kind: 'comm_open' | 'comm_msg',
  content: Record<string, unknown>
): void {
  const message = KernelMessage.createMessage({
    msgType: kind,
    channel: 'control',
    username: kernel.username,
    session: kernel.clientId,
    content
  } as never);
  kernel.sendControlMessage(message as never, false, true);
}
