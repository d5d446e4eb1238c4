import { Signal } from '@lumino/signaling';
import { expect, it, vi } from 'vitest';

import { KernelMemory } from '../src/kernelMemory';
import type { LinkStatus } from '../src/link';
import { loaded } from './inspection';

class Link {
  readonly changed = new Signal<this, void>(this);
  status: LinkStatus = 'absent';
  state: ReturnType<typeof loaded>['kernelState'] | null = null;
  readonly query = vi.fn((): Promise<unknown> => Promise.resolve({}));

  /** A kernel with the extension, which says these of its notebook; none. */
  set(said: Record<string, unknown> | null): void {
    this.status = said ? 'loaded' : 'asking';
    this.state = said && loaded(said).kernelState;
    this.changed.emit();
  }

  told(): unknown[] {
    const calls = this.query.mock.calls as unknown as [string, unknown][];
    return calls.filter(([method]) => method === 'notebook').map(([, params]) => params);
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

  // An older one knows nothing of notebooks.
  link.set(null);
  link.set({});
  expect(link.told()).toHaveLength(3);
  memory.dispose();
});
