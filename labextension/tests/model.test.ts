import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { beforeEach, expect, it, vi } from 'vitest';

import type { OwnedInspection } from '../src/model';
import { InspectorModel } from '../src/model';
import { inspection } from './inspection';

/** A file that several views may show. */
class File {
  private readonly _loaded = new PromiseDelegate<undefined>();
  isReady = false;

  get ready(): Promise<undefined> {
    return this._loaded.promise;
  }

  async load(): Promise<this> {
    this.isReady = true;
    this._loaded.resolve(undefined);
    await this.ready;
    return this;
  }
}

class View {
  readonly disposed = new Signal<this, void>(this);
  isDisposed = false;

  constructor(
    readonly name: string,
    readonly context: File
  ) {}
}

class Tracker {
  readonly currentChanged = new Signal<this, void>(this);
  currentWidget: View | null = null;
  views: View[] = [];

  go(view: View | null): void {
    this.currentWidget = view;
    this.currentChanged.emit();
  }

  forEach(each: (view: View) => void): void {
    this.views.forEach(each);
  }
}

let tracker: Tracker;
let model: InspectorModel;
let made: Map<string, OwnedInspection>;

beforeEach(() => {
  tracker = new Tracker();
  made = new Map();
  model = new InspectorModel(tracker as unknown as INotebookTracker, panel => {
    const { name } = panel as unknown as View;
    const one: OwnedInspection = {
      ...inspection({ title: name, changed: new Signal({} as OwnedInspection) }),
      isDisposed: false
    };
    made.set(name, one);
    return one;
  });
});

const open = (name: string, file: File): View => {
  const view = new View(name, file);
  tracker.views.push(view);
  return view;
};
const close = (view: View): void => {
  tracker.views = tracker.views.filter(each => each !== view);
  view.isDisposed = true;
  view.disposed.emit();
};

it('follows the active notebook, and shows no other while it is loading', async () => {
  const one = open('one', await new File().load());
  const file = new File();
  const two = open('two', file);
  tracker.go(one);
  expect(model.current?.title).toBe('one');
  // A command would be carried out in the notebook before.
  tracker.go(two);
  expect(model.current).toBeNull();
  await file.load();
  expect(model.current?.title).toBe('two');
  tracker.go(one);
  expect(model.current).toBe(made.get('one'));
  expect(made.size).toBe(2);

  const changed = vi.fn();
  model.stateChanged.connect(changed);
  const emit = (name: string): void => {
    (made.get(name)?.changed as Signal<unknown, void>).emit();
  };
  emit('two');
  expect(changed).not.toHaveBeenCalled();
  emit('one');
  expect(changed).toHaveBeenCalledOnce();
});

it('leaves what was gone on from, or closed, while it was loading', async () => {
  const [first, second] = [new File(), new File()];
  const one = open('one', first);
  const two = open('two', second);
  tracker.go(one);
  tracker.go(two);
  close(two);
  await first.load();
  await second.load();
  expect([model.current, made.size]).toEqual([null, 0]);
});

it('lets go of a notebook that is closed, and has its other views mark it anew', async () => {
  const file = await new File().load();
  const [left, right] = [open('left', file), open('right', file)];
  open('never looked at', file);
  for (const view of [open('other', await new File().load()), right, left]) {
    tracker.go(view);
  }
  close(left);
  // The tracker has not said yet which one is active now.
  expect(model.current).toBeNull();
  expect(made.get('right')?.refresh).toHaveBeenCalledOnce();
  expect(made.get('left')?.refresh).not.toHaveBeenCalled();
  expect(made.get('other')?.refresh).not.toHaveBeenCalled();
  expect(made.has('never looked at')).toBe(false);
  expect(model.of(right as unknown as NotebookPanel)).toBe(made.get('right'));
});
