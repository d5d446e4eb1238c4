import { Text } from '@codemirror/state';
import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';

import type { ICaptured } from '../src/captured';
import { capturedNames, codeOf, spots } from '../src/captured';
import { captureTooltip } from '../src/captureTooltip';
import { readAnalysis } from '../src/protocol';
import { readSent } from '../src/shipments';
import { SOURCES, WIRE } from './wire';

const trans = nullTranslator.load('odps_jupyter');

function sent(by: string, type: string): ReturnType<typeof readSent> {
  const captures = [{ name: 'coeffs', type, size: 58, by }];
  const pieces = [{ name: 'handle', line: 0, captures }];
  return readSent([{ standing: 'verified', functions: [{ name: 'handle', size: 612, pieces }] }]);
}

function only(...args: Parameters<typeof capturedNames>): ICaptured {
  const [item] = capturedNames(...args).get(1) ?? [];
  if (!item) {
    throw new Error('handle captures coeffs');
  }
  return item;
}

describe('captured names', () => {
  const analysis = readAnalysis(WIRE);

  it('are those of the callable that is handed over, where it uses them', () => {
    expect(only(analysis, [], new Set())).toMatchObject({
      name: 'coeffs',
      startLine: 0,
      endLine: 2,
      by: 'handle',
      sent: null
    });
  });

  it('are known as they were sent, until the cell changes', () => {
    const lately = sent('value', 'list');
    expect(only(analysis, lately, new Set()).sent).toMatchObject({ type: 'list', size: 58 });
    expect(only(analysis, lately, new Set(analysis.shipped)).sent).toBeNull();
  });

  it('stand as words of the code: no attribute, comment, text or part of a name', () => {
    const item = only(analysis, [], new Set());
    const doc = Text.of([
      'def handle(v):  # coeffs',
      '    s = "coeffs" + x.coeffs + f"{coeffs} coeffs"',
      '    return coeffs2 + coeffs',
      'coeffs'
    ]);
    const found = spots(doc, [item]).map(({ from, to }) => {
      const line = doc.lineAt(from);
      return [line.number, from - line.from, doc.sliceString(from, to)];
    });
    expect(found).toEqual([
      [2, 33, 'coeffs'],
      [3, 21, 'coeffs']
    ]);
    expect(spots(Text.of(['']), [{ ...item, startLine: 4 }])).toEqual([]);
  });

  it.each([
    ["a = 'x' # y", 'a ='],
    ['"""a\nb""" c', 'c'],
    ["r'\\' + b' c", 'c'],
    ["f'{a}b{{c}}{d:>{e}}' g", 'a d:> e g'],
    ["rb'a' b", 'b'],
    ["'open\nb", 'b'],
    ["'''open\nb", ''],
    ["'''a''' + b + '''c'''", '+ b +']
  ])('are not looked for in texts and comments: %j', (source, code) => {
    expect(codeOf(source).split(/\s+/).filter(Boolean).join(' ')).toBe(code);
    expect(codeOf(source)).toHaveLength(source.length);
  });
});

describe('captureTooltip', () => {
  const analysis = readAnalysis(WIRE);
  const reveal = vi.fn(() => Promise.resolve());
  const actions = { sources: SOURCES, edit: vi.fn(), explain: vi.fn(), reveal };

  it('says where it was set and what would travel, and goes there', () => {
    const shown = captureTooltip(only(analysis, [], new Set()), actions, trans);
    expect(shown.textContent).toBe(
      'coeffscaptured by handleTravels to the executor by value; its size is known once it is sent.Set in cell 1, line 5'
    );
    shown.querySelector('button')?.click();
    expect(reveal).toHaveBeenCalledWith(0, 4);
  });

  it('says what travelled', () => {
    const value = captureTooltip(only(analysis, sent('value', 'list'), new Set()), null, trans);
    expect(value.textContent).toContain('Travels by value: list, 58 B when it was sent.');
    expect(value.querySelector('button')).toBeNull();
    const reference = captureTooltip(only(analysis, sent('reference', 'math.sqrt'), new Set()), null, trans);
    expect(reference.textContent).toContain('Travels by reference: the executor imports math.sqrt.');
  });

  it('says what set it later', () => {
    const wire = structuredClone(WIRE);
    Object.assign(wire.shipped[0]?.details.captures.coeffs ?? {}, {
      set_at_call: { cell: 1, line: 7 },
      set_later: [
        { cell: 2, line: 0, ran: false },
        { cell: 0, line: 3, ran: true }
      ]
    });
    const shown = captureTooltip(only(readAnalysis(wire), [], new Set()), null, trans);
    expect(shown.textContent).toContain('At the call it has the value of cell 2, line 8');
    expect(shown.textContent).toContain('Will be set again, not yet run, in cell 3, line 1');
    expect(shown.textContent).toContain('Set again since in cell 1, line 4');
  });
});
