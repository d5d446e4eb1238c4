import type { ISessionContext } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { LinkStatus } from '../src/link';
import { KernelObserver } from '../src/observer';
import type { IExecuted } from '../src/sources';

/** A session whose signals the test emits. */
class Session {
  readonly iopubMessage = new Signal<this, unknown>(this);
  readonly kernelChanged = new Signal<this, unknown>(this);
  readonly statusChanged = new Signal<this, string>(this);

  /** A cell begins to run and ends. */
  run(id: string): void {
    this.say('execute_input', id, {});
    this.say('status', id, { execution_state: 'idle' });
  }

  say(type: string, parent: string, content: unknown): void {
    this.iopubMessage.emit({ header: { msg_type: type }, parent_header: { msg_id: parent }, content });
  }
}

class Link {
  readonly changed = new Signal<this, void>(this);
  status: LinkStatus = 'absent';
  facts: unknown = { runs: [], names: {} };
  readonly query = vi.fn((): Promise<unknown> => Promise.resolve(this.facts));

  set(status: LinkStatus): void {
    this.status = status;
    this.changed.emit();
  }
}

const CELLS = [
  { id: 'a', source: 'x = 1' },
  { id: 'b', source: 'y = 2' },
  { id: 'c', source: 'z = 3' }
];

describe('KernelObserver', () => {
  let session: Session;
  let link: Link;
  let executed: Signal<object, IExecuted>;
  let observer: KernelObserver;
  let changes: number;

  beforeEach(() => {
    session = new Session();
    link = new Link();
    executed = new Signal<object, IExecuted>({});
    observer = new KernelObserver(
      session as unknown as ISessionContext,
      link as never,
      { executed } as never
    );
    changes = 0;
    observer.changed.connect(() => {
      changes += 1;
    });
  });

  const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve));
  const told = (): unknown => observer.observation(CELLS);

  it('knows nothing of a kernel that ran nothing', () => {
    expect(told()).toEqual({ order: [], edited: [], facts: {}, source: false });
  });

  it('orders the runs it has seen by their counts', () => {
    executed.emit({ id: 'b', source: 'y = 2', count: 2 });
    executed.emit({ id: 'a', source: 'x = 0', count: 1 });
    executed.emit({ id: 'gone', source: '', count: 3 });
    expect(told()).toEqual({ order: ['a', 'b'], edited: ['a'], facts: {}, source: false });
    expect(changes).toBe(3);
    expect(link.query).not.toHaveBeenCalled();
    session.statusChanged.emit('restarting');
    expect(told()).toEqual({ order: [], edited: [], facts: {}, source: false });
  });

  it('asks a kernel that has our extension, and after each run', async () => {
    link.facts = {
      runs: [
        { id: null, source: 'z = 3' },
        { id: 'b', source: null },
        { id: null, source: 'no cell' },
        { id: 'a', source: 'x = 1' },
        { id: 'b', source: 'y = 0' }
      ],
      names: { df: { kind: 'collection' } },
      source: true
    };
    link.set('loaded');
    await settle();
    expect(told()).toEqual({
      order: ['c', 'b', 'a', 'b'],
      edited: ['b'],
      facts: { df: { kind: 'collection' } },
      source: true
    });
    session.run('1');
    await settle();
    expect(link.query).toHaveBeenCalledTimes(2);
    link.set('absent');
    expect(told()).toMatchObject({ order: [], facts: {}, source: false });
  });

  it('does not ask because it asked', async () => {
    link.set('loaded');
    await settle();
    session.say('status', 'comm', { execution_state: 'busy' });
    session.say('status', 'comm', { execution_state: 'idle' });
    await settle();
    expect(link.query).toHaveBeenCalledTimes(1);
  });

  it('asks once for all runs that end while it waits', async () => {
    let answer: (facts: unknown) => void = () => undefined;
    link.query.mockImplementationOnce(() => new Promise(resolve => (answer = resolve)));
    link.set('loaded');
    session.run('1');
    session.run('2');
    session.run('3');
    expect(link.query).toHaveBeenCalledTimes(1);
    answer(link.facts);
    await settle();
    expect(link.query).toHaveBeenCalledTimes(2);
  });

  it('drops the facts of a kernel that is gone, and lives without those of an older one', async () => {
    let answer: (facts: unknown) => void = () => undefined;
    link.query.mockImplementationOnce(() => new Promise(resolve => (answer = resolve)));
    link.set('loaded');
    session.kernelChanged.emit(null);
    answer({ runs: [{ id: 'a', source: 'x = 1' }], names: {} });
    await settle();
    expect(told()).toMatchObject({ order: [] });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    link.query.mockRejectedValueOnce(new Error('no method'));
    session.run('1');
    await settle();
    expect(warn).toHaveBeenCalledOnce();
    executed.emit({ id: 'c', source: 'z = 3', count: 1 });
    expect(told()).toMatchObject({ order: ['c'] });
    observer.dispose();
  });
});
