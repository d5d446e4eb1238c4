import type { ICellModel } from '@jupyterlab/cells';
import { createStandaloneCell, YNotebook } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';

import { preview } from '../src/diff';
import { applyEdits, changes, restorable, restore, safeEdits } from '../src/edits';
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

describe('restore', () => {
  const SOURCES = [
    { id: 'a', source: 'one' },
    { id: 'b', source: 'two' },
    { id: 'c', source: 'three' }
  ];
  const edits = [at(0, 3, '!'), { ...at(0, 0, '# '), cell: 2 }];
  const now = (models: readonly ICellModel[]): string[] =>
    models.map(({ sharedModel }) => sharedModel.getSource());

  it('takes edits back in all their cells, whatever was typed and undone since', () => {
    const models = SOURCES.map(({ id, source }) => cell(id, source));
    const made = changes(SOURCES, edits);
    expect(made.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(restore(models, made)).toBe(false);
    applyEdits(models, SOURCES, edits);
    models[0]?.sharedModel.updateSource(0, 0, 'x');
    models[0]?.sharedModel.updateSource(0, 1, '');
    expect(restorable(models, made)).toBe(true);
    expect(restore(models, made)).toBe(true);
    expect(now(models)).toEqual(['one', 'two', 'three']);
    expect(restorable(models, [])).toBe(false);
  });

  it('takes nothing back once one of the cells has changed', () => {
    const models = SOURCES.map(({ id, source }) => cell(id, source));
    applyEdits(models, SOURCES, edits);
    models[2]?.sharedModel.updateSource(0, 0, 'x');
    expect(restore(models, changes(SOURCES, edits))).toBe(false);
    expect(now(models)).toEqual(['one!', 'two', 'x# three']);
  });

  it('is one step, as the edits are, where the notebook keeps one history for all its cells', () => {
    const notebook = YNotebook.create({ disableDocumentWideUndoRedo: false });
    for (const { id, source } of SOURCES) {
      notebook.addCell({ cell_type: 'code', id, source });
    }
    const models = notebook.cells.map(
      sharedModel => ({ id: sharedModel.id, sharedModel }) as unknown as ICellModel
    );
    notebook.clearUndoHistory();
    applyEdits(models, SOURCES, edits);
    expect(now(models)).toEqual(['one!', 'two', '# three']);
    notebook.undo();
    expect(now(models)).toEqual(['one', 'two', 'three']);
    notebook.redo();
    restore(models, changes(SOURCES, edits));
    expect(now(models)).toEqual(['one', 'two', 'three']);
    notebook.undo();
    expect(now(models)).toEqual(['one!', 'two', '# three']);
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
    ignore: null,
    proof: null
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
