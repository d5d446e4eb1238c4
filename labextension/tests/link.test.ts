import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { KernelLink } from '../src/link';
import { EVENTS_TARGET } from '../src/protocol';
import { STATE } from './wire';

const trans = nullTranslator.load('odps_jupyter');

interface IRequest {
  readonly id: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** A kernel as far as the link touches it: says whether the extension is loaded, answers on comms, runs a line. */
class FakeKernel {
  loaded = true;
  language = 'python';
  version = 1;
  enableReply: Record<string, unknown> = { status: 'ok' };
  supportsSubshells = true;
  readonly subshell = new PromiseDelegate<undefined>();
  readonly log: string[] = [];
  readonly comms = new Map<string, { send: (request: IRequest) => unknown }>();
  answer: (request: IRequest) => Record<string, unknown> | null = ({ method }) =>
    method === 'state' ? { result: { sequence: 1, state: STATE } } : { result: {} };

  /** What it says in the place of its replies. */
  garble: ((request: IRequest) => unknown) | null = null;

  status = 'idle';
  /** It answers nothing else while a cell runs. */
  busy = false;

  get info(): Promise<unknown> {
    return this.busy
      ? new Promise(() => undefined)
      : Promise.resolve({ language_info: { name: this.language } });
  }

  requestCommInfo(): Promise<unknown> {
    return Promise.resolve({
      content: { status: 'ok', comms: this.loaded ? { [EVENTS_TARGET]: { target_name: EVENTS_TARGET } } : {} }
    });
  }

  requestExecute(content: { code: string; silent?: boolean }): { done: Promise<unknown> } {
    this.log.push(`${content.silent ? 'silently ' : ''}${content.code}`);
    this.loaded = this.enableReply.status === 'ok';
    return { done: Promise.resolve({ content: this.enableReply }) };
  }

  sendControlMessage(message: {
    header: { msg_type: string };
    content: { comm_id: string; data: IRequest };
  }): void {
    const { header, content } = message;
    this.log.push(`control ${header.msg_type}`);
    if (header.msg_type === 'comm_msg') {
      this.comms.get(content.comm_id)?.send(content.data);
    }
  }

  createComm(target: string): unknown {
    this.log.push(`create ${target}`);
    const comm = {
      commId: `comm-${this.comms.size}`,
      subshellStarted: this.subshell.promise,
      onMsg: null as ((message: unknown) => void) | null,
      onClose: null,
      isDisposed: false,
      open: () => this.log.push('open'),
      close: () => this.log.push('close'),
      send: (request: IRequest) => {
        this.log.push(`send ${request.method}`);
        const reply = this.answer(request);
        if (reply) {
          queueMicrotask(() => {
            const data = this.garble?.(request) ?? { version: this.version, id: request.id, ...reply };
            comm.onMsg?.({ content: { data } });
          });
        }
      }
    };
    this.comms.set(comm.commId, comm);
    return comm;
  }
}

class FakeContext {
  readonly iopubMessage = new Signal<this, unknown>(this);
  readonly kernelChanged = new Signal<this, unknown>(this);
  readonly statusChanged = new Signal<this, Kernel.Status>(this);
  session: { kernel: FakeKernel } | null;

  constructor(kernel: FakeKernel | null) {
    this.session = kernel && { kernel };
  }

  say(data: unknown): void {
    this.iopubMessage.emit({ header: { msg_type: 'comm_msg' }, content: { comm_id: EVENTS_TARGET, data } });
  }
}

function link(kernel: FakeKernel | null): { context: FakeContext; line: KernelLink } {
  const context = new FakeContext(kernel);
  kernel?.subshell.resolve(undefined);
  return { context, line: new KernelLink(context as unknown as ISessionContext, trans) };
}

describe('KernelLink', () => {
  it('learns the state of a kernel that has the extension', async () => {
    const { line } = link(new FakeKernel());
    await vi.waitFor(() => {
      expect(line.status).toBe('loaded');
    });
    expect(line.state?.backend).toBe('pandas');
  });

  it.each([
    ['absent', Object.assign(new FakeKernel(), { loaded: false })],
    ['foreign', Object.assign(new FakeKernel(), { language: 'R' })],
    ['none', null],
    ['outdated', Object.assign(new FakeKernel(), { version: 2 })]
  ] as const)('tells when it is %s, and runs nothing to find out', async (status, kernel) => {
    const { line } = link(kernel);
    await vi.waitFor(() => {
      expect(line.status).toBe(status);
    });
    expect(kernel?.log.filter(entry => entry.includes('load_ext')) ?? []).toEqual([]);
  });

  it('hears a kernel that loads the extension later, with no comm open', async () => {
    const { context, line } = link(Object.assign(new FakeKernel(), { loaded: false }));
    await vi.waitFor(() => {
      expect(line.status).toBe('absent');
    });
    context.say({ version: 2, event: 'state', sequence: 1, snapshot: { ...STATE, backend: 'maxcompute' } });
    expect(line.status).toBe('loaded');
    expect(line.state?.backend).toBe('maxcompute');
    context.say({ version: 1, event: 'closed' });
    expect(line.status).toBe('absent');
  });

  it('keeps the later of two states, whichever way they came', () => {
    const { context, line } = link(new FakeKernel());
    context.say({ version: 2, event: 'state', sequence: 5, snapshot: { ...STATE, backend: 'maxcompute' } });
    context.say({ version: 2, event: 'state', sequence: 4, snapshot: STATE });
    expect(line.state?.backend).toBe('maxcompute');
  });

  it('opens one comm for two requests at once, and only when its subshell is there', async () => {
    const kernel = new FakeKernel();
    const context = new FakeContext(kernel);
    const line = new KernelLink(context as unknown as ISessionContext, trans);
    context.say({ version: 2, event: 'state', sequence: 1, snapshot: STATE });
    const both = Promise.all([
      line.request('set_backend', { backend: 'maxcompute' }),
      line.request('set_backend', { backend: 'pandas' })
    ]);
    await vi.waitFor(() => {
      expect(kernel.log).toEqual(['create odps_jupyter:request']);
    });
    kernel.subshell.resolve(undefined);
    await both;
    expect(kernel.log.filter(entry => entry === 'open')).toHaveLength(1);
    expect(kernel.log.filter(entry => entry === 'send set_backend')).toHaveLength(2);
  });

  it('goes past a running cell by the control channel where there are no subshells', async () => {
    const kernel = Object.assign(new FakeKernel(), {
      supportsSubshells: false,
      status: 'busy',
      busy: true
    });
    const { context, line } = link(kernel);
    expect(line.reachable).toBe(false);
    context.say({ version: 2, event: 'state', sequence: 1, control: true, snapshot: STATE });
    expect(line.reachable).toBe(true);
    // What nobody waits for is asked when the cell has ended, and is in nobody's way.
    void line.query('history');
    await line.request('stop', { run: 1 });
    expect(line.error).toBeNull();
    expect(kernel.log).toEqual([
      'create odps_jupyter:request',
      'control comm_open',
      'control comm_msg',
      'send stop'
    ]);
  });

  it("keeps the kernel's refusal for the user to read", async () => {
    const kernel = new FakeKernel();
    const { line } = link(kernel);
    kernel.answer = () => ({ error: { message: 'No such project.', hint: 'See %odps connect.' } });
    await line.request('set_backend', { backend: 'pandas' });
    expect(line.error).toMatchObject({ message: 'No such project.', hint: 'See %odps connect.' });
    expect(line.busy).toBe(false);
  });

  it.each([
    ['a reply that is no reply', () => ({ version: 1 }), 'loaded', 'id is not a text'],
    ['a reply without its version', ({ id }: IRequest) => ({ id, result: {} }), 'outdated', null],
    [
      'a refusal without words',
      ({ id }: IRequest) => ({ version: 1, id, error: {} }),
      'loaded',
      'message is not a text'
    ],
    ['a reply that is cut off', () => '{"version": 1, "id": "', 'loaded', 'message is not an object']
  ] as const)('lets nobody wait after %s, and recovers', async (_, garble, status, why) => {
    const kernel = new FakeKernel();
    const { context, line } = link(kernel);
    await vi.waitFor(() => {
      expect(line.status).toBe('loaded');
    });
    kernel.garble = garble;
    await line.request('set_backend', { backend: 'maxcompute' });
    expect(line.busy).toBe(false);
    expect(line.status).toBe(status);
    expect(line.error?.message ?? null).toBe(
      why && `The kernel's odps-jupyter said something unexpected: ${why}.`
    );
    kernel.garble = null;
    context.say({ version: 2, event: 'state', sequence: 2, snapshot: STATE });
    await line.request('set_backend', { backend: 'maxcompute' });
    expect(line.error).toBeNull();
    expect(line.status).toBe('loaded');
  });

  it('tells of an event that cannot be read until the next that can', async () => {
    const { context, line } = link(new FakeKernel());
    await vi.waitFor(() => {
      expect(line.status).toBe('loaded');
    });
    context.say({ version: 2, event: 'state', sequence: 2, snapshot: { ...STATE, backend: 'spark' } });
    expect(line.error?.message).toContain('something unexpected: backend is none of');
    expect(line.state?.backend).toBe('pandas');
    context.say({ version: 2, event: 'state', sequence: 3, snapshot: STATE });
    expect(line.error).toBeNull();
  });

  it('opens another comm after one that could not be opened', async () => {
    const kernel = new FakeKernel();
    const { context, line } = link(Object.assign(kernel, { loaded: false }));
    await vi.waitFor(() => {
      expect(line.status).toBe('absent');
    });
    context.say({ version: 2, event: 'state', sequence: 1, snapshot: STATE });
    const open = vi.spyOn(kernel, 'createComm').mockImplementation(() => {
      throw new Error('The connection is lost.');
    });
    await line.request('set_backend', { backend: 'maxcompute' });
    expect(line.error?.hint).toBe('The connection is lost.');
    open.mockRestore();
    await line.request('set_backend', { backend: 'maxcompute' });
    expect(line.error).toBeNull();
  });

  it('lets nobody wait for a kernel that restarts, and asks the new one', async () => {
    const kernel = new FakeKernel();
    const { context, line } = link(kernel);
    await vi.waitFor(() => {
      expect(line.status).toBe('loaded');
    });
    kernel.answer = () => null;
    const asked = line.request('set_backend', { backend: 'pandas' });
    await vi.waitFor(() => {
      expect(kernel.log).toContain('send set_backend');
    });
    kernel.loaded = false;
    context.statusChanged.emit('restarting');
    await asked;
    expect(line.error?.message).toBe('The kernel stopped before it answered.');
    context.statusChanged.emit('idle');
    await vi.waitFor(() => {
      expect(line.status).toBe('absent');
    });
  });

  it('lets nobody wait for a kernel that was exchanged before it said what it can', async () => {
    const kernel = Object.assign(new FakeKernel(), { busy: true });
    const { context, line } = link(kernel);
    // After a reload in the middle of a run: its state comes with an event.
    context.say({ version: 2, event: 'state', sequence: 1, snapshot: STATE });
    const asked = line.request('set_backend', { backend: 'maxcompute' });
    context.session = { kernel: new FakeKernel() };
    context.kernelChanged.emit(undefined);
    await asked;
    expect(line.busy).toBe(false);
    expect(line.error?.message).toBe('The kernel stopped before it answered.');
    expect(kernel.log).toEqual([]);
  });

  it('closes its comm with the notebook, whose kernel may live on, and asks nothing more', async () => {
    const kernel = new FakeKernel();
    const { line } = link(kernel);
    await vi.waitFor(() => {
      expect(line.status).toBe('loaded');
    });
    const enabled = line.enable();
    line.dispose();
    await enabled;
    await new Promise(resolve => setTimeout(resolve));
    expect(kernel.log).toEqual([
      'create odps_jupyter:request',
      'open',
      'send state',
      'silently %load_ext odps_jupyter',
      'close'
    ]);
  });

  it('tells why it was not enabled where the versions differ too', async () => {
    const kernel = Object.assign(new FakeKernel(), {
      version: 2,
      enableReply: { status: 'error', ename: 'ImportError', evalue: 'no wheel' }
    });
    const { line } = link(kernel);
    await vi.waitFor(() => {
      expect(line.status).toBe('outdated');
    });
    await line.enable();
    expect(line.error?.message).toBe('%load_ext odps_jupyter failed: ImportError: no wheel');
    // That they differ is said elsewhere.
    await line.request('stop', { run: 1 });
    expect(line.error).toBeNull();
  });

  it('enables the extension silently', async () => {
    const kernel = Object.assign(new FakeKernel(), { loaded: false });
    const { line } = link(kernel);
    await line.enable();
    await vi.waitFor(() => {
      expect(line.status).toBe('loaded');
    });
    expect(kernel.log[0]).toBe('silently %load_ext odps_jupyter');
  });

  it("tells what to do where the package is not in the kernel's Python", async () => {
    const kernel = Object.assign(new FakeKernel(), {
      loaded: false,
      enableReply: { status: 'error', ename: 'ModuleNotFoundError', evalue: "No module named 'odps_jupyter'" }
    });
    const { line } = link(kernel);
    await line.enable();
    expect(line.error?.hint).toContain('%pip install odps-jupyter');
  });
});
