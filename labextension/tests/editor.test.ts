import type { CodeEditor } from '@jupyterlab/codeeditor';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it } from 'vitest';

import type { ICaptured } from '../src/captured';
import type { IWording } from '../src/editor';
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
  ignore: null,
  proof: null
};

const TAKEN: ICaptured = {
  name: 'v',
  startLine: 1,
  endLine: 2,
  by: 'handle',
  need: { name: 'v', at: null, bound: null, set: null, setAtCall: null, setLater: [] },
  sent: null
};

const views: EditorView[] = [];
/** Marks that say `region` of a line and names of the rest. */
function editorMarks(region: IWording['region'] = () => ''): EditorMarks {
  const told = (name: string): HTMLElement => {
    const made = document.createElement('button');
    made.textContent = name;
    return made;
  };
  return new EditorMarks({
    region,
    problem: item => told(item.kind),
    captured: (item, actions) => {
      const shown = told(item.name);
      shown.onclick = () => void actions?.reveal(0, 1);
      return shown;
    },
    nothing: 'in the kernel',
    title: 'what is known'
  });
}

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
    const marks = editorMarks(region => region.reason);
    const cell = model();
    const before = open(marks, cell, code);
    const other = open(marks, model(), code);
    marks.show(cell, { regions: [HANDLE] });
    const after = open(marks, cell, code);
    for (const view of [before, after]) {
      expect(marked(view)).toEqual(['def handle(v):', '    return v']);
    }
    expect(before.contentDOM.querySelector('.jp-odps-line')?.getAttribute('title')).toBe('handed over');
    expect(marked(other)).toEqual([]);
  });

  it('underlines what will go wrong, with its message', () => {
    const marks = editorMarks();
    const cell = model();
    const view = open(marks, cell, code);
    marks.show(cell, { regions: [HANDLE], diagnostics: [LOST, { ...LOST, line: 99, endLine: 99 }] });
    const underlined = Array.from(view.contentDOM.querySelectorAll('.jp-odps-underline'));
    expect(underlined.map(part => part.textContent)).toEqual(['return']);
    expect(underlined[0]?.className).toContain('jp-odps-underline-warning');
    // The line's own tooltip does not lie over that of the problem.
    expect(underlined[0]?.getAttribute('title')).toBe('');
    marks.show(cell, { regions: [HANDLE] });
    expect(view.contentDOM.querySelector('.jp-odps-underline')).toBeNull();
  });

  it('tells captured names apart, without a title over theirs', () => {
    const marks = editorMarks();
    const cell = model();
    const view = open(marks, cell, code);
    marks.show(cell, { regions: [HANDLE], captured: [TAKEN] });
    const names = Array.from(view.contentDOM.querySelectorAll('.jp-odps-captured'));
    expect(names.map(part => [part.textContent, part.getAttribute('title')])).toEqual([
      ['v', ''],
      ['v', '']
    ]);
    marks.show(cell, { regions: [HANDLE], captured: [{ ...TAKEN }] });
    marks.show(cell, { regions: [HANDLE] });
    expect(view.contentDOM.querySelector('.jp-odps-captured')).toBeNull();
  });

  it('shows by the keyboard what is known of a line, and gives the focus back', () => {
    const marks = editorMarks(region => region.reason);
    const cell = model();
    const view = open(marks, cell, code);
    const dialog = (): Element | null => view.dom.querySelector('[role=dialog]');
    marks.show(cell, { regions: [HANDLE], diagnostics: [LOST], captured: [TAKEN] });
    marks.showAtCursor(cell);
    expect(dialog()).toBeNull();
    view.focus();
    view.dispatch({ selection: { anchor: view.state.doc.line(3).to } });
    marks.showAtCursor(cell);
    expect(dialog()?.getAttribute('aria-label')).toBe('what is known');
    expect(Array.from(dialog()?.children ?? [], part => part.textContent)).toEqual([
      'handed over',
      'captured-mutation-lost',
      'v'
    ]);
    expect(document.activeElement).toBe(dialog());
    dialog()?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    expect(dialog()).toBeNull();
    expect(view.hasFocus).toBe(true);
    view.dispatch({ selection: { anchor: 0 } });
    marks.showAtCursor(cell);
    expect(dialog()?.textContent).toBe('in the kernel');
    // It goes with the focus.
    dialog()?.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    expect(dialog()).toBeNull();
  });

  it('acts on the view in which it is pressed, and on one that is left where that one is of none', () => {
    const marks = editorMarks();
    const cell = model();
    const shown = [open(marks, cell, code), open(marks, cell, code), open(marks, cell, code)];
    const went: number[] = [];
    const actions = shown.slice(0, 2).map((view, index) => ({
      isDisposed: false,
      holds: (node: Node) => view.dom.contains(node),
      reveal: () => Promise.resolve(void went.push(index)),
      sources: [],
      edit: () => true,
      explain: () => Promise.resolve()
    }));
    const press = (): void => {
      for (const view of shown) {
        view.focus();
        view.dispatch({ selection: { anchor: view.state.doc.line(3).to } });
        marks.showAtCursor(cell);
        view.dom.querySelector<HTMLElement>('[role=dialog] button')?.click();
      }
    };
    for (const each of actions) {
      marks.show(cell, { captured: [TAKEN], actions: each });
    }
    press();
    expect(went.splice(0)).toEqual([0, 1, 1]);
    // The last one is closed; what it showed is told anew by the other.
    Object.assign(actions[1] ?? {}, { isDisposed: true });
    marks.show(cell, { captured: [TAKEN], actions: actions[0] ?? null });
    press();
    expect(went).toEqual([0, 0, 0]);
  });

  it('moves with the text until the next analysis', () => {
    const marks = editorMarks();
    const cell = model();
    const view = open(marks, cell, code);
    marks.show(cell, { regions: [HANDLE] });
    view.dispatch({ changes: { from: 0, insert: 'y = 2\n' } });
    expect(marked(view)).toEqual(['def handle(v):', '    return v']);
  });

  it('leaves out lines that are gone', () => {
    const marks = editorMarks();
    const cell = model();
    const view = open(marks, cell, 'x\ny');
    marks.show(cell, { regions: [HANDLE] });
    expect(marked(view)).toEqual(['y']);
    marks.show(cell, {});
    expect(marked(view)).toEqual([]);
  });

  it('can be switched off and on', () => {
    const marks = editorMarks();
    const cell = model();
    const view = open(marks, cell, code);
    marks.show(cell, { regions: [HANDLE] });
    marks.enabled = false;
    expect(marked(view)).toEqual([]);
    marks.enabled = true;
    expect(marked(view)).toHaveLength(2);
  });
});
