import { createStandaloneCell } from '@jupyter/ydoc';
import { NotebookActions } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { EditorMarks } from '../src/editor';
import { NotebookInspection } from '../src/notebookInspection';
import type { IAnalysis } from '../src/protocol';
import { readAnalysis } from '../src/protocol';
import { SOURCES, WIRE } from './wire';

// The whole of it takes longer to be loaded than all tests take to run.
vi.mock('@jupyterlab/notebook', () => ({ NotebookActions: { runCells: vi.fn() } }));

/** The cells of a notebook, with the real shared models. */
class Cells {
  readonly changed = new Signal<this, void>(this);
  private readonly _cells: { id: string; type: string; sharedModel: SharedCell }[] = [];

  insert(index: number, id: string, source: string): void {
    const sharedModel = createStandaloneCell({ cell_type: 'code', id, source });
    this._cells.splice(index, 0, { id, type: 'code', sharedModel });
    this.changed.emit();
  }

  source(index: number): string | undefined {
    return this._cells[index]?.sharedModel.getSource();
  }

  [Symbol.iterator](): Iterator<unknown> {
    return this._cells[Symbol.iterator]();
  }
}

type SharedCell = ReturnType<typeof createStandaloneCell>;

/** A notebook's panel as far as an inspection touches it, without a kernel. */
class Panel {
  readonly disposed = new Signal<this, void>(this);
  readonly title = { label: 'clicks.ipynb', changed: new Signal<object, void>({}) };
  readonly cells = new Cells();
  readonly metadata: Record<string, unknown> = {};
  readonly context = {
    model: { cells: this.cells, getMetadata: (key: string) => this.metadata[key] },
    path: 'work/clicks.ipynb',
    localPath: 'work/clicks.ipynb',
    pathChanged: new Signal<object, string>({}),
    saveState: new Signal<object, string>({})
  };
  readonly sessionContext = {
    session: null,
    iopubMessage: new Signal<object, unknown>({}),
    kernelChanged: new Signal<object, unknown>({}),
    statusChanged: new Signal<object, unknown>({})
  };
  content: { activeCell: unknown } = { activeCell: null };

  constructor() {
    SOURCES.forEach(({ id, source }, index) => {
      this.cells.insert(index, id, source);
    });
  }
}

let panel: Panel;
let asked: { path: string; ids: string[]; signal: AbortSignal; answer: PromiseDelegate<IAnalysis> }[];
let marks: ReturnType<typeof vi.fn>;
let inspection: NotebookInspection;

beforeEach(() => {
  vi.useFakeTimers();
  panel = new Panel();
  asked = [];
  marks = vi.fn();
  inspection = new NotebookInspection({
    panel: panel as unknown as NotebookPanel,
    ask: (path, cells, _, signal) => {
      const answer = new PromiseDelegate<IAnalysis>();
      asked.push({ path, ids: cells.map(({ id }) => id), signal, answer });
      return answer.promise;
    },
    explain: vi.fn(),
    marks: { show: marks } as unknown as EditorMarks,
    contents: { fileChanged: new Signal<object, never>({}), localPath: (path: string) => path } as never,
    isOpen: () => false,
    trans: nullTranslator.load('odps_jupyter')
  });
});

afterEach(() => {
  inspection.dispose();
  vi.useRealTimers();
});

/** Let the server answer its last question. */
const answer = async (): Promise<void> => {
  asked.at(-1)?.answer.resolve(readAnalysis(WIRE));
  await vi.advanceTimersByTimeAsync(0);
};
/** What is marked in each cell, as it was said last. */
const marked = (): Map<string, object> =>
  new Map(marks.mock.calls.map(([model, said]) => [(model as { id: string }).id, said as object]));

it('marks the cells, makes edits where they were meant, and asks again', async () => {
  const changed = vi.fn();
  inspection.changed.connect(changed);
  await answer();
  expect(asked.map(({ path, ids }) => [path, ids])).toEqual([
    ['work/clicks.ipynb', ['aaaa', 'bbbb', 'cccc']]
  ]);
  expect(changed).toHaveBeenCalled();
  expect(inspection).toMatchObject({ title: 'clicks.ipynb', kernel: 'none', otherLanguage: null });
  expect(marked().get('bbbb')).toMatchObject({
    regions: [{ name: 'handle' }],
    diagnostics: [{ kind: 'module-imported-outside' }],
    captured: [{ name: 'coeffs' }]
  });
  expect((marked().get('bbbb') as { actions: unknown }).actions).toBe(inspection);
  expect(marked().get('aaaa')).toMatchObject({ regions: [], diagnostics: [] });

  const [problem] = inspection.analysis?.diagnostics ?? [];
  expect(inspection.edit(problem?.fix?.edits ?? [])).toBe(true);
  expect(panel.cells.source(1)).toContain('    import numpy as np\n');
  // Of the cell as it is now nothing is known yet.
  expect(inspection.edit(problem?.fix?.edits ?? [])).toBe(false);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toHaveLength(2);

  // A cell that the last answer does not speak of loses its marks.
  panel.cells.insert(0, 'new', '');
  await answer();
  await vi.advanceTimersByTimeAsync(1000);
  await answer();
  expect(marked().get('new')).toEqual({});
});

it('has no cells analysed while the notebook is in another language', async () => {
  await answer();
  panel.metadata.kernelspec = { name: 'ir', language: 'R' };
  expect(inspection.otherLanguage).toBe('R');
  panel.sessionContext.kernelChanged.emit(undefined);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked.at(-1)?.ids).toEqual([]);
});

it('runs nothing for once unless the kernel has agreed', async () => {
  panel.content = { activeCell: { model: { type: 'markdown', id: 'text' } } };
  await inspection.runOnce('compare');
  expect(inspection.kernelError).toBeNull();
  panel.content = { activeCell: { model: { type: 'code', id: 'cccc' } } };
  await inspection.runOnce('compare');
  expect(inspection.kernelError?.message).toBe('This notebook has no kernel.');
  expect(NotebookActions.runCells).not.toHaveBeenCalled();
});

it('ends with its panel: whoever still answers is not heard', async () => {
  const changed = vi.fn();
  inspection.changed.connect(changed);
  panel.disposed.emit();
  expect(inspection.isDisposed).toBe(true);
  expect(asked[0]?.signal.aborted).toBe(true);
  await answer();
  panel.title.changed.emit();
  panel.sessionContext.kernelChanged.emit(undefined);
  panel.cells.insert(0, 'new', '');
  inspection.refresh();
  await vi.advanceTimersByTimeAsync(5000);
  expect([asked.length, changed.mock.calls.length, marks.mock.calls.length]).toEqual([1, 0, 0]);
});
