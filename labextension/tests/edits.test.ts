import type { ICellModel } from '@jupyterlab/cells';
import { createStandaloneCell } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';

import { preview } from '../src/diff';
import { applyEdits, safeEdits } from '../src/edits';
import type { IDiagnostic, IEdit } from '../src/protocol';

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

  it('is a step of its own, beside what was typed and fixed just now', () => {
    const code = cell('a', 'a');
    code.sharedModel.clearUndoHistory();
    code.sharedModel.updateSource(1, 1, 'b');
    applyEdits([code], [{ id: 'a', source: 'ab' }], [at(0, 2, 'c')]);
    applyEdits([code], [{ id: 'a', source: 'abc' }], [at(0, 3, 'd')]);
    for (const expected of ['abc', 'ab', 'a']) {
      code.sharedModel.undo();
      expect(code.sharedModel.getSource()).toBe(expected);
    }
  });

  it('leaves a cell alone that has changed since', () => {
    const code = cell('a', 'now');
    expect(applyEdits([code], [{ id: 'a', source: 'then' }], [at(0, 0, 'x')])).toBe(false);
    expect(applyEdits([], [], [at(0, 0, 'x')])).toBe(false);
    expect(code.sharedModel.getSource()).toBe('now');
  });
});

describe('safeEdits', () => {
  const diagnostic = (safe: boolean, ...edits: IEdit[]): IDiagnostic => ({
    ...at(0, 0, ''),
    code: 'ODP103',
    kind: 'module-imported-outside',
    severity: 'hint',
    message: '',
    functions: [],
    fix: { title: '', safe, edits },
    ignore: null
  });

  it('takes what is safe and not in the way of another, and the same edit once', () => {
    const [first, second] = [at(1, 0, 'import a\n'), at(3, 0, 'import b\n')];
    expect(
      safeEdits([
        diagnostic(true, first),
        diagnostic(false, at(9, 0, 'x')),
        diagnostic(true, first, second),
        diagnostic(true, at(1, 0, 'import c\n')),
        diagnostic(true, { ...at(0, 4, ''), endLine: 2 })
      ])
    ).toEqual([first, second]);
  });
});

describe('preview', () => {
  it('shows what changes with the lines next to it, cell by cell', () => {
    const sources = [
      { id: 'a', source: 'one\ntwo\nthree\nfour\nfive' },
      { id: 'b', source: 'x = 1' }
    ];
    const edits = [at(2, 0, '3', 5), at(4, 4, '!'), { ...at(0, 4, '2', 5), cell: 1 }];
    const shown = preview(sources, edits).map(({ cell: index, lines }) => [
      index,
      lines.map(({ kind, text }) => `${kind[0] ?? ''} ${text}`)
    ]);
    expect(shown).toEqual([
      [0, ['s two', 'r three', 'a 3', 's four', 'r five', 'a five!']],
      [1, ['r x = 1', 'a x = 2']]
    ]);
  });

  it('shows an inserted line as one, and nothing of a cell that is gone', () => {
    const [shown] = preview([{ id: 'a', source: 'def f():\n    return 1' }], [at(1, 0, '    import x\n')]);
    expect(shown?.lines.map(line => line.kind)).toEqual(['same', 'added', 'same']);
    expect(preview([], [at(0, 0, 'x')])).toEqual([]);
  });
});
