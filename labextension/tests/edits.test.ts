import type { ICellModel } from '@jupyterlab/cells';
import { createStandaloneCell } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';

import { applyEdits } from '../src/edits';

/** A code cell with the real shared model behind it. */
function cell(id: string, source: string): ICellModel {
  const sharedModel = createStandaloneCell({ cell_type: 'code', source });
  return { id, sharedModel } as unknown as ICellModel;
}

const at = (line: number, column: number, text: string, endColumn = column) => ({
  cell: 0,
  line,
  column,
  endLine: line,
  endColumn,
  text
});

describe('applyEdits', () => {
  it('replaces and inserts, later places first', () => {
    const code = cell('a', 'é = 1\nx.map(svc.f)\n');
    const sources = [{ id: 'a', source: 'é = 1\nx.map(svc.f)\n' }];
    const edits = [at(0, 4, '2', 5), at(1, 6, 'lambda v: svc.f(v)', 11)];
    expect(applyEdits([code], sources, edits)).toBe(true);
    expect(code.sharedModel.getSource()).toBe('é = 2\nx.map(lambda v: svc.f(v))\n');
  });

  it('is one step to undo', () => {
    const code = cell('a', 'a\nb');
    code.sharedModel.clearUndoHistory();
    applyEdits([code], [{ id: 'a', source: 'a\nb' }], [at(0, 0, 'x '), at(1, 0, 'y ')]);
    expect(code.sharedModel.getSource()).toBe('x a\ny b');
    code.sharedModel.undo();
    expect(code.sharedModel.getSource()).toBe('a\nb');
  });

  it('leaves a cell alone that has changed since', () => {
    const code = cell('a', 'now');
    expect(applyEdits([code], [{ id: 'a', source: 'then' }], [at(0, 0, 'x')])).toBe(false);
    expect(applyEdits([], [], [at(0, 0, 'x')])).toBe(false);
    expect(code.sharedModel.getSource()).toBe('now');
  });
});
