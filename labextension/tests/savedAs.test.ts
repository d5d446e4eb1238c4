import { Signal } from '@lumino/signaling';
import { expect, it } from 'vitest';

import { SavedAs } from '../src/savedAs';

it('hears under which other path a notebook is saved, and of no other file', () => {
  const context = { path: 'a.ipynb', saveState: new Signal<object, string>({}) };
  const contents = { fileChanged: new Signal<object, unknown>({}) };
  const heard: string[] = [];
  const savedAs = new SavedAs(
    context as never,
    contents as never,
    path => path === 'open.ipynb',
    path => heard.push(path)
  );
  const write = (path: string, type = 'save'): void => {
    contents.fileChanged.emit({ type, oldValue: null, newValue: { path } });
  };
  write('b.ipynb');
  context.saveState.emit('started');
  write('a.ipynb');
  write('open.ipynb');
  write('new.ipynb', 'new');
  contents.fileChanged.emit({ type: 'delete', oldValue: { path: 'b.ipynb' }, newValue: null });
  expect(heard).toEqual([]);
  write('b.ipynb');
  context.saveState.emit('completed');
  write('c.ipynb');
  expect(heard).toEqual(['b.ipynb']);

  context.saveState.emit('started');
  savedAs.dispose();
  write('c.ipynb');
  expect(heard).toEqual(['b.ipynb']);
});
