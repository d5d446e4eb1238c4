import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { KernelMemory } from '../src/kernelMemory';
import type { LinkStatus } from '../src/link';
import { RequestError } from '../src/protocol';
import { loaded } from './inspection';

const RUN = { number: 1, backend: 'pandas', status: 'running', seconds: 0.5 };

class Link {
  readonly changed = new Signal<this, void>(this);
  status: LinkStatus = 'absent';
  state: ReturnType<typeof loaded>['kernelState'] | null = null;
  answer: (method: string) => Promise<unknown> = method =>
    Promise.resolve(method === 'sent' ? { functions: [], findings: [] } : { runs: [] });
  readonly query = vi.fn((...[method]: [string, unknown?]) => this.answer(method));

  /** A kernel with the extension, which says these of its notebook; none. */
  set(said: Record<string, unknown> | null): void {
    this.status = said ? 'loaded' : 'asking';
    this.state = said && loaded(said).kernelState;
    this.changed.emit();
  }

  asked(what: string): unknown[] {
    return this.query.mock.calls.filter(([method]) => method === what).map(([, params]) => params);
  }

  told(): unknown[] {
    return this.asked('notebook');
  }
}

it('tells each kernel once which notebook it serves, and the name that it gets', () => {
  const link = new Link();
  let path = 'a.ipynb';
  const memory = new KernelMemory(link as never, { ended: new Signal({}) } as never, () => path, '~/work');
  const first = { path: 'a.ipynb', root: '~/work' };
  memory.tell();
  link.set({ notebook: null });
  link.set({ notebook: 'a.ipynb' });
  memory.tell();
  expect(link.told()).toEqual([first]);

  path = 'sub/b.ipynb';
  memory.tell();
  const second = { path: 'sub/b.ipynb', root: '~/work' };
  expect(link.told()).toEqual([first, second]);

  // One that is started anew is given the name that the notebook had at first.
  link.set(null);
  link.set({ notebook: '/home/me/work/a.ipynb' });
  expect(link.told()).toEqual([first, second, second]);

  memory.copied('c.ipynb');
  expect(link.asked('copied')).toEqual([{ path: 'c.ipynb', root: '~/work' }]);

  // An older one knows nothing of notebooks.
  link.set(null);
  link.set({});
  memory.copied('d.ipynb');
  expect(link.told()).toHaveLength(3);
  expect(link.asked('copied')).toHaveLength(1);
  memory.dispose();
});

describe('what goes wrong', () => {
  let link: Link;
  let ended: Signal<object, void>;
  let memory: KernelMemory;
  let warn: ReturnType<typeof vi.spyOn>;

  beforeEach(() => {
    link = new Link();
    ended = new Signal({});
    memory = new KernelMemory(link as never, { ended } as never, () => 'a.ipynb', null);
    warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });

  const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

  it('tells a kernel again that could not be told: with the next run, and not with each word', async () => {
    const { answer } = link;
    link.answer = method =>
      method === 'notebook' ? Promise.reject(new RequestError('Not now.')) : answer(method);
    for (let words = 0; words < 3; words += 1) {
      link.set({ notebook: null });
      await settle();
    }
    expect(link.told()).toHaveLength(1);
    expect(warn).toHaveBeenCalledTimes(1);
    link.answer = answer;
    link.set({ notebook: null, run: RUN });
    link.set({ notebook: null, run: { ...RUN, status: 'ok' } });
    await settle();
    expect(link.told()).toHaveLength(2);
    expect(link.asked('history').length).toBeGreaterThan(0);
    memory.dispose();
  });

  it('asks anew when a run begins or ends, and keeps nothing of a kernel that is gone', async () => {
    link.set({});
    await settle();
    for (const seconds of [0.5, 0.9]) {
      link.set({ run: { ...RUN, seconds } });
      await settle();
    }
    expect(link.asked('history')).toHaveLength(2);
    expect(memory.runs.map(run => run.seconds)).toEqual([0.9]);
    expect(memory.history).toEqual({ kept: false, runs: [] });
    ended.emit();
    await settle();
    expect([link.asked('history').length, link.asked('sent').length]).toEqual([2, 3]);
    link.set(null);
    expect([memory.runs, memory.history, memory.sent]).toEqual([[], null, null]);
    memory.dispose();
  });

  it('says and asks nothing more once the notebook is closed', async () => {
    let refuse: (error: Error) => void = () => undefined;
    const { answer } = link;
    link.answer = method =>
      method === 'notebook' ? new Promise((_, reject) => (refuse = reject)) : answer(method);
    const changed = vi.fn();
    memory.changed.connect(changed);
    link.set({ notebook: null });
    memory.dispose();
    refuse(new RequestError('The kernel stopped before it answered.'));
    link.set({ notebook: null, run: RUN });
    ended.emit();
    await settle();
    expect(changed).not.toHaveBeenCalled();
    expect(warn).not.toHaveBeenCalled();
    expect(link.query.mock.calls.map(([method]) => method).sort()).toEqual(['history', 'notebook', 'sent']);
  });
});
