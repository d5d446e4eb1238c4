import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import type { IBox, IPicture } from '../src/picture/model';
import { beside } from '../src/picture/moves';
import type { IPictureOptions } from '../src/picture/picture';
import { picture } from '../src/picture/picture';
import { plainColour } from '../src/picture/standalone';
import { fit, reckoned } from '../src/picture/text';
import { readAnalysis, readStateResult } from '../src/protocol';
import { STATE, WIRE } from './wire';

const trans = nullTranslator.load('odps_jupyter');

function draw(changes: Partial<IPictureOptions> = {}): IPicture {
  return picture({
    analysis: readAnalysis(WIRE),
    state: null,
    outdated: new Set(),
    width: 430,
    opened: new Set(),
    ruler: reckoned,
    trans,
    ...changes
  });
}

/** What was sent of `handle`, as the kernel tells it. */
const SHIPMENT = {
  standing: 'verified',
  libraries: ['numpy.zip'],
  functions: [
    {
      name: 'handle',
      size: 612,
      pieces: [
        { name: 'handle', line: 0, captures: [{ name: 'coeffs', type: 'list', size: 58, by: 'value' }] }
      ]
    }
  ]
};

function sent(changes: Record<string, unknown> = {}): IPictureOptions['state'] {
  return readStateResult({
    sequence: 1,
    state: { ...STATE, shipments: [{ ...SHIPMENT, ...changes }, 'unheard', { functions: [{ name: 3 }] }] }
  }).state;
}

/** Cells by turns: plain ones, ones that define a function, and ones that hand it over. */
function notebook(count: number): IPictureOptions['analysis'] {
  const cells = Array.from({ length: count }, (_, index) => ({
    ...WIRE.cells[0],
    id: `id-${index}`,
    index,
    summary: {
      sets: index % 10 === 8 ? [`f${index}`] : [`x${index}`],
      imports: [],
      calls: index % 10 === 9 ? [`map(f${index - 1})`] : []
    }
  }));
  const piece = { ...WIRE.placement[0], line: 0 };
  const at = Array.from({ length: count }, (_, index) => index).filter(index => index % 10 === 8);
  return readAnalysis({
    ...WIRE,
    cells,
    placement: at.map(index => ({ ...piece, cell: index, name: `f${index}` })),
    shipped: at.map(index => ({
      ...WIRE.shipped[0],
      cell: index,
      line: 0,
      name: `f${index}`,
      calls: [{ cell: index + 1, line: 0, method: 'map', role: 'scalar' }]
    })),
    diagnostics: []
  });
}

/** Cells each of which defines a function and hands it over. */
function handingOver(count: number): IPictureOptions['analysis'] {
  const indices = Array.from({ length: count }, (_, index) => index);
  return readAnalysis({
    ...WIRE,
    cells: indices.map(index => ({ ...WIRE.cells[0], id: `id-${index}`, index })),
    placement: indices.map(index => ({ ...WIRE.placement[0], cell: index, line: 0, name: `f${index}` })),
    shipped: indices.map(index => ({
      ...WIRE.shipped[0],
      cell: index,
      line: 0,
      name: `f${index}`,
      calls: [{ cell: index, line: 4, method: 'map', role: 'scalar' }]
    })),
    diagnostics: []
  });
}

function lines(drawn: IPicture, side: IBox['side']): string[][] {
  return drawn.boxes.filter(box => box.side === side).map(box => box.texts.map(({ text }) => text));
}

/** Boxes lie on their own side, below each other, with all their text inside. */
function expectTidy(drawn: IPicture): void {
  for (const side of drawn.sides) {
    const own = drawn.boxes.filter(box => box.side === side.name);
    let end = 0;
    for (const box of own) {
      expect(box.y).toBeGreaterThan(end);
      end = box.y + box.height;
      expect(box.x).toBeGreaterThan(side.x);
      expect(box.x + box.width).toBeLessThan(side.x + side.width);
      for (const text of box.texts) {
        expect(text.y).toBeGreaterThan(box.y);
        expect(text.y).toBeLessThan(box.y + box.height);
      }
    }
    expect(end).toBeLessThan(drawn.height);
  }
  const keys = [...drawn.boxes, ...drawn.arrows, ...drawn.targets].map(({ key }) => key);
  const boxes = new Set(drawn.boxes.map(({ key }) => key));
  expect(new Set(drawn.boxes.map(({ key }) => key)).size).toBe(drawn.boxes.length);
  expect(new Set(drawn.targets.map(({ key }) => key)).size).toBe(drawn.targets.length);
  expect(keys).not.toContain('');
  for (const arrow of drawn.arrows) {
    expect(boxes).toContain(arrow.from);
    expect(boxes).toContain(arrow.to);
    expect(arrow.path).not.toContain('NaN');
  }
}

describe('the picture of a small notebook', () => {
  it('names every piece on its side, with arrows for what crosses', () => {
    const drawn = draw();
    expectTidy(drawn);
    expect(lines(drawn, 'kernel')).toEqual([
      ['cell 1', 'df, coeffs', 'imports numpy, odps'],
      ['cell 3', 'val', '→ map(handle)'],
      ['result', 'predicted: ok']
    ]);
    expect(lines(drawn, 'executor')).toEqual([
      ['handle', 'cell 2', 'predicted', 'coeffs from cell 1', 'imports numpy'],
      ['SQL job', '1 UDF']
    ]);
    expect(drawn.arrows.map(({ from, to, standing }) => [from, to, standing])).toEqual([
      ['kernel:cccc', 'executor:bbbb/0/handle', 'predicted'],
      ['executor:bbbb/0/handle', 'job', 'predicted'],
      ['job', 'result', 'predicted']
    ]);
    expect(drawn.words.map(({ text }) => text)).toEqual(['cloudpickle', '→ UDF', '→ SQL job']);
  });

  it('leads to the code', () => {
    const { targets } = draw();
    expect(targets.map(({ label, action }) => [label, action])).toEqual([
      ['cell 1 df, coeffs, kernel', { kind: 'reveal', place: { cell: 0, line: 0 } }],
      ['cell 3 val, kernel', { kind: 'reveal', place: { cell: 2, line: 0 } }],
      [
        'hands over handle by map in cell 3',
        expect.objectContaining({ place: expect.objectContaining({ cell: 2, line: 0 }) as unknown })
      ],
      [
        'handle on the executor, predicted, cell 2 lines 1–3, handed over by df.sepal_length.map in cell 3, coeffs from cell 1, imports numpy',
        expect.objectContaining({ place: expect.objectContaining({ cell: 1, line: 0 }) as unknown })
      ]
    ]);
    const [first, , call, handle] = targets;
    if (!first || !call || !handle) {
      throw new Error('targets are missing');
    }
    expect(beside(targets, first, 'ArrowDown')).toBe(targets[1]);
    expect(beside(targets, first, 'ArrowUp')).toBeNull();
    expect(beside(targets, call, 'ArrowRight')).toBe(handle);
    expect(beside(targets, handle, 'ArrowLeft')?.side).toBe('kernel');
    expect(beside(targets, first, 'End')).toBe(call);
    expect(beside(targets, first, 'x')).toBeNull();
  });

  it('says sizes and types once they were sent, and takes them back when the cell has changed', () => {
    const drawn = draw({ state: sent() });
    expect(lines(drawn, 'executor')[0]).toEqual([
      'handle',
      'cell 2',
      'verified',
      'pickle of 612 B',
      'coeffs: list, 58 B',
      'imports numpy'
    ]);
    expect(lines(drawn, 'executor')[1]).toEqual(['SQL job', '1 UDF', 'with numpy.zip']);
    expect(drawn.arrows[0]?.standing).toBe('verified');
    expect(drawn.sides[1]?.detail.text).toBe('cp311');
    const planned = draw({ state: sent({ standing: 'planned' }) });
    expect(lines(planned, 'executor')[0]?.[2]).toBe('compiled');
    const analysis = readAnalysis(WIRE);
    const changed = draw({ analysis, state: sent(), outdated: new Set(analysis.shipped) });
    expect(changed.arrows[0]?.standing).toBe('predicted');
    expect(lines(changed, 'executor')[0]).not.toContain('pickle of 612 B');
  });

  it('says how a job ended for a function, and what came back', () => {
    const of = (outcome: string | null): IPicture =>
      draw({
        state: sent({ functions: SHIPMENT.functions.map(each => ({ ...each, outcome })) })
      });
    expect(of('ok').arrows[0]?.standing).toBe('verified');
    expect(of(null).arrows[0]?.standing).toBe('verified');
    expect(lines(of('failed'), 'executor')[0]).toContain('failed');
    expect(
      of('failed')
        .arrows.slice(0, 2)
        .map(({ standing }) => standing)
    ).toEqual(['failed', 'failed']);
    expect(lines(of('unfinished'), 'executor')[0]).toContain('not finished');

    const analysis = readAnalysis(WIRE);
    const ran = (run: Record<string, unknown>): IPicture =>
      draw({
        analysis,
        state: readStateResult({
          sequence: 1,
          state: { ...STATE, run: { number: 3, backend: 'maxcompute', seconds: 2, error: null, ...run } }
        }).state
      });
    const execution = {
      backend: 'maxcompute',
      operation: 'Map',
      tables: [],
      functions: [],
      seconds: 1,
      instances: [],
      rows: 150
    };
    const done = ran({ status: 'ok', executions: [execution] }).arrows.at(-1);
    expect([done?.label?.text, done?.standing]).toEqual(['150 rows', 'verified']);
    expect(lines(ran({ status: 'running', seconds: 0 }), 'kernel').at(-1)).toEqual([
      'result of run 3',
      'running'
    ]);
    const error = 'PreflightError: handle fails on the executor, and much is said of it.';
    const failed = ran({ status: 'error', error, executions: [] });
    expect(failed.arrows.at(-1)?.standing).toBe('failed');
    expect(failed.boxes.find(({ kind }) => kind === 'result')?.title).toContain(error);
    expect(ran({ status: 'stopped', executions: [] }).arrows.at(-1)?.standing).toBe('unfinished');
  });

  it('tells functions of one name apart by their lines', () => {
    const wire = structuredClone(WIRE);
    const [piece] = wire.placement;
    const [handed] = wire.shipped;
    if (!piece || !handed) {
      throw new Error('the documented program hands a function over');
    }
    wire.placement.push({ ...piece, line: 9, end_line: 9 });
    wire.shipped.push({ ...handed, line: 9 });
    const drawn = draw({ analysis: readAnalysis(wire), state: sent() });
    expect(lines(drawn, 'executor').map(texts => texts.at(2))).toEqual([
      'verified',
      'predicted',
      'with numpy.zip'
    ]);
  });

  it('marks what will fail in words', () => {
    const wire = structuredClone(WIRE);
    Object.assign(wire.diagnostics[0] ?? {}, { severity: 'error', kind: 'network-access' });
    const drawn = draw({
      analysis: readAnalysis({ ...wire, prediction: { pandas: 'ok', executor: 'error' } })
    });
    expect(lines(drawn, 'executor')[0]).toContain('will fail');
    expect(lines(drawn, 'executor')[0]).toContain('✗ network-access');
    expect(drawn.arrows.map(({ standing }) => standing)).toEqual(['failing', 'failing', 'failing']);
    expect(lines(drawn, 'kernel').at(-1)).toEqual(['result', '✗ predicted: an error']);
  });

  it('names local pieces, and those of both sides on both', () => {
    const wire = structuredClone(WIRE);
    const [piece] = wire.placement;
    wire.placement.push(
      {
        ...piece,
        cell: 2,
        line: 4,
        end_line: 5,
        name: 'Box',
        kind: 'class',
        side: 'local',
        reason: 'never'
      },
      { ...piece, cell: 2, line: 8, end_line: 9, name: 'area', side: 'both', reason: 'called' } as never
    );
    Object.assign(wire.shipped[0] ?? {}, { functions: ['area'] });
    const drawn = draw({ analysis: readAnalysis(wire) });
    expectTidy(drawn);
    expect(lines(drawn, 'kernel')[1]).toEqual([
      'cell 3',
      'val',
      'class Box',
      'def area',
      'both',
      '→ map(handle)'
    ]);
    expect(lines(drawn, 'executor')[1]).toEqual([
      'area',
      'cell 3',
      'predicted',
      'on both sides',
      'travels with handle'
    ]);
  });

  it('has no arrows where nothing is handed over, and shows a broken cell', () => {
    const wire = structuredClone(WIRE);
    Object.assign(wire.cells[0] ?? {}, { error: { line: 2, column: 0, message: 'invalid' } });
    const drawn = draw({ analysis: readAnalysis({ ...wire, placement: [], shipped: [] }) });
    expectTidy(drawn);
    expect(drawn.arrows).toEqual([]);
    expect(drawn.words.map(({ text }) => text)).toEqual(['nothing is handed over']);
    expect(lines(drawn, 'kernel')[0]).toContain('✗ syntax error');
    expect(drawn.targets[0]?.action).toEqual({ kind: 'reveal', place: { cell: 0, line: 2 } });
  });
});

describe('the picture of a large notebook', () => {
  it.each([13, 60, 300, 2000])('is readable with %i cells', count => {
    const drawn = draw({ analysis: notebook(count) });
    expectTidy(drawn);
    expect(drawn.boxes.length).toBeLessThanOrEqual(32);
    expect(drawn.height).toBeLessThan(1100);
    expect(draw({ analysis: handingOver(count) }).height).toBeLessThan(1300);
    const handed = drawn.arrows
      .filter(({ kind }) => kind === 'send')
      .reduce((sum, arrow) => sum + arrow.count, 0);
    expect(handed).toBe(Math.floor(count / 10));
  });

  it('opens groups down to the pieces, and closes them', () => {
    const analysis = notebook(300);
    const opened = new Set<string>();
    const toggles = (drawn: IPicture, open: boolean): string[] =>
      drawn.targets.flatMap(({ action }) =>
        action.kind === 'toggle' && action.open === open ? [action.key] : []
      );
    let drawn = draw({ analysis });
    expect(lines(drawn, 'kernel')[0]?.[0]).toBe('▸ cells 1–30');
    for (let depth = 0; toggles(drawn, false).length > 0; depth += 1) {
      expect(depth).toBeLessThan(4);
      for (const key of toggles(drawn, false)) {
        opened.add(key);
      }
      drawn = draw({ analysis, opened });
      expectTidy(drawn);
    }
    const names = lines(drawn, 'executor').map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['f8', 'f298']));
    expect(drawn.arrows.filter(({ kind }) => kind === 'send')).toHaveLength(30);
    for (const key of toggles(drawn, true)) {
      opened.delete(key);
    }
    expect(draw({ analysis, opened })).toEqual(draw({ analysis }));
  });

  it('keeps a group open when cells are added elsewhere', () => {
    const few = draw({ analysis: notebook(20) });
    const [group] = few.targets.filter(({ action }) => action.kind === 'toggle');
    const more = draw({ analysis: notebook(22), opened: new Set([group?.key ?? '']) });
    expect(more.targets.find(({ key }) => key === group?.key)?.action).toMatchObject({ open: true });
  });
});

describe('texts in a picture', () => {
  it.each([
    'a_name_that_is_far_too_long_for_its_box',
    '数据处理函数名称很长很长很长很长',
    '😀😀😀😀😀😀😀😀😀😀'
  ])('are cut where they end: %s', text => {
    const font = { size: 12, mono: true, bold: false };
    const cut = fit(text, 80, font, reckoned);
    expect(cut).toMatch(/…$/);
    expect(reckoned(cut, font)).toBeLessThanOrEqual(80);
    expect(text.startsWith(cut.slice(0, -1))).toBe(true);
    expect(fit(text, 1000, font, reckoned)).toBe(text);
  });
});

describe('a picture that stands alone', () => {
  it('has colours that every reader knows', () => {
    expect(plainColour('color(srgb 0.5 1 0 / 0.25)')).toBe('rgba(128, 255, 0, 0.25)');
    expect(plainColour('color(srgb 0 0 1)')).toBe('rgb(0, 0, 255)');
    expect(plainColour('rgb(1, 2, 3)')).toBe('rgb(1, 2, 3)');
  });
});
