import type { CodeEditor } from '@jupyterlab/codeeditor';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it } from 'vitest';

import { EditorMarks } from '../src/editor';
import type { IDiagnostic, IRegion } from '../src/protocol';

const HANDLE: IRegion = {
  startLine: 1,
  endLine: 2,
  side: 'executor',
  name: 'handle',
  kind: 'function',
  reason: 'handed over'
};

const LOST: IDiagnostic = {
  cell: 0,
  line: 2,
  column: 4,
  endLine: 2,
  endColumn: 10,
  code: 'ODP104',
  kind: 'captured-mutation-lost',
  severity: 'warning',
  message: 'stays there',
  functions: [],
  fix: null,
  ignore: null
};

const views: EditorView[] = [];
const noTooltip = (): HTMLElement => document.createElement('div');

function open(marks: EditorMarks, model: CodeEditor.IModel, doc: string): EditorView {
  const view = new EditorView({
    state: EditorState.create({ doc, extensions: marks.extension(model) }),
    parent: document.body
  });
  views.push(view);
  return view;
}

function marked(view: EditorView): string[] {
  return Array.from(view.contentDOM.querySelectorAll('.jp-odps-line'), line => line.textContent);
}

describe('EditorMarks', () => {
  afterEach(() => {
    views.splice(0).forEach(view => {
      view.destroy();
    });
  });

  const model = (): CodeEditor.IModel => ({}) as CodeEditor.IModel;
  const code = 'x = 1\ndef handle(v):\n    return v\nx';

  it('marks whole lines with their reason, in every view of the cell and none of another', () => {
    const marks = new EditorMarks(region => region.reason, noTooltip);
    const cell = model();
    const before = open(marks, cell, code);
    const other = open(marks, model(), code);
    marks.show(cell, [HANDLE]);
    const after = open(marks, cell, code);
    for (const view of [before, after]) {
      expect(marked(view)).toEqual(['def handle(v):', '    return v']);
    }
    expect(before.contentDOM.querySelector('.jp-odps-line')?.getAttribute('title')).toBe('handed over');
    expect(marked(other)).toEqual([]);
  });

  it('underlines what will go wrong, with its message', () => {
    const marks = new EditorMarks(() => '', noTooltip);
    const cell = model();
    const view = open(marks, cell, code);
    marks.show(cell, [HANDLE], [LOST, { ...LOST, line: 99, endLine: 99 }]);
    const underlined = Array.from(view.contentDOM.querySelectorAll('.jp-odps-underline'));
    expect(underlined.map(part => part.textContent)).toEqual(['return']);
    expect(underlined[0]?.className).toContain('jp-odps-underline-warning');
    // The line's own tooltip does not lie over that of the problem.
    expect(underlined[0]?.getAttribute('title')).toBe('');
    marks.show(cell, [HANDLE], []);
    expect(view.contentDOM.querySelector('.jp-odps-underline')).toBeNull();
  });

  it('moves with the text until the next analysis', () => {
    const marks = new EditorMarks(() => '', noTooltip);
    const cell = model();
    const view = open(marks, cell, code);
    marks.show(cell, [HANDLE]);
    view.dispatch({ changes: { from: 0, insert: 'y = 2\n' } });
    expect(marked(view)).toEqual(['def handle(v):', '    return v']);
  });

  it('leaves out lines that are gone', () => {
    const marks = new EditorMarks(() => '', noTooltip);
    const cell = model();
    const view = open(marks, cell, 'x\ny');
    marks.show(cell, [HANDLE]);
    expect(marked(view)).toEqual(['y']);
    marks.show(cell, []);
    expect(marked(view)).toEqual([]);
  });

  it('can be switched off and on', () => {
    const marks = new EditorMarks(() => '', noTooltip);
    const cell = model();
    const view = open(marks, cell, code);
    marks.show(cell, [HANDLE]);
    marks.enabled = false;
    expect(marked(view)).toEqual([]);
    marks.enabled = true;
    expect(marked(view)).toHaveLength(2);
  });
});
