import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { describe, expect, it, vi } from 'vitest';

import { Inspector } from '../src/components/Inspector';
import type { IInspection } from '../src/inspection';
import { readAnalysis } from '../src/protocol';
import { outdated } from '../src/rewritten';
import { readOpened, readSent } from '../src/sent';
import { inspection, loaded } from './inspection';
import { Mounted } from './mounted';
import { SOURCES, WIRE } from './wire';

const trans = nullTranslator.load('odps_jupyter');

const SENT = {
  job: 4,
  function: 0,
  name: 'handle',
  cell: 'bbbb',
  line: 0,
  standing: 'verified',
  project: 'embedded',
  instance: '2026a',
  libraries: ['numpy.zip'],
  udf: 'pyodps_udf_1',
  signature: 'double->double',
  size: 612,
  form: 'bytecode',
  modules: [{ name: 'numpy', kind: 'image', detail: 'the plain cp311 runtime' }],
  resources: [],
  unread: null,
  captures: [
    { name: 'coeffs', type: 'list', size: 58, by: 'value', changed: true },
    { name: 'digits=', type: 'int', size: 2, by: 'value', changed: null },
    { name: 'np', type: 'numpy', size: 9, by: 'reference', changed: null }
  ],
  failure: { message: 'KeyError', cell: 'bbbb', line: 2, row: '(str)', advice: null }
};

const FINDING = {
  by: 'preflight',
  function: 'handle',
  cell: 'bbbb',
  line: 2,
  text: 'return float(np.cosh(v))',
  kind: 'module-imported-outside',
  message: 'handle fails on the executor.',
  ran: 'cccc'
};

describe('a shipped function, opened up', () => {
  const mounted = new Mounted();

  const show = (changes: Partial<IInspection>): IInspection => {
    const shown = inspection({ ...loaded(), ...changes });
    mounted.show(<Inspector inspection={shown} trans={trans} />);
    return shown;
  };
  const texts = (selector: string): (string | null)[] => mounted.texts(selector);
  const press = async (name: string): Promise<void> => {
    await act(async () => {
      Array.from(mounted.host.querySelectorAll<HTMLElement>('button'))
        .find(button => button.textContent === name)
        ?.click();
      await Promise.resolve();
    });
  };

  it('says what was sent, from where, and what has changed since', () => {
    show({ sent: readSent({ functions: [SENT], findings: [] }) });
    const card = mounted.host.querySelector('.jp-odps-card')?.textContent;
    expect(card).toContain(
      'sent to project embedded · pickle of 612 bytes · instance 2026a · with numpy.zip'
    );
    expect(texts('.jp-odps-needs tr')).toEqual([
      'importnumpyimported inside it, ✓ there: the plain cp311 runtime',
      'capturecoeffslist, 58 bytes, by value, set in cell 1 ! changed since it was sent',
      'capturedigits=int, 2 bytes, by value'
    ]);
    expect(texts('.jp-odps-failed')).toEqual([
      '✗ Failed there: KeyError for the row (str) in cell 2, line 3'
    ]);
  });

  it('is not taken for another of its name', () => {
    show({ sent: readSent({ functions: [{ ...SENT, cell: 'aaaa' }], findings: [] }) });
    expect(mounted.host.querySelector('.jp-odps-card')?.textContent).toContain('not sent yet');
    expect(texts('.jp-odps-needs tr')[1]).toBe('capturecoeffstravels by value, set in cell 1');
  });

  it('is marked once its code, or code it took along, is no more what was sent', () => {
    const source = SOURCES[1]?.source ?? '';
    const marks = (pieces: readonly unknown[], changes: Partial<IInspection> = {}): (string | null)[] => {
      show({ sent: readSent({ functions: [{ ...SENT, captures: [], pieces }], findings: [] }), ...changes });
      return texts('.jp-odps-stale');
    };
    const own = { name: 'handle', cell: 'bbbb', source };
    expect(marks([own, { name: 'elsewhere', cell: null, source: 'def elsewhere(): ...' }])).toEqual([]);
    expect(marks([{ ...own, source: source.split('\n').slice(0, -1).join('\n') }])).toEqual([
      ' ! its code has changed since it was sent'
    ]);
    expect(marks([own, { ...own, name: 'helper', source: 'def helper(): ...' }])).toEqual([
      ' ! the code of helper has changed since it was sent'
    ]);
    const lambda = (now: string): (string | null)[] =>
      marks([{ name: 'lambda', cell: 'cccc', source: 'lambda v: v + 1' }], {
        sources: [...SOURCES.slice(0, 2), { id: 'cccc', source: now }]
      });
    expect(lambda('val = df.x.map(lambda v: v + 1).sum()')).toEqual([]);
    expect(lambda('val = df.x.map(lambda v: v + 10).sum()')).toHaveLength(1);
    // What loops over it is none of it; a condition behind it is.
    expect(lambda('all = [lambda v: v + 1 for r in rates]')).toEqual([]);
    expect(lambda('all = [lambda v: v + 1\n  async for r in rates]')).toEqual([]);
    expect(lambda('one = lambda v: v + 1 if v else 0')).toHaveLength(1);
    // A kernel that does not tell what it sent: the cell is another than the one that ran.
    expect(marks([], { edited: new Set(['bbbb']) })).toEqual([' ! its code has changed since it was sent']);
  });

  it('counts as sent only while all that was sent of it stands in its cell, run again or not', () => {
    const analysis = readAnalysis(WIRE);
    const source = SOURCES[1]?.source ?? '';
    const own = { name: 'handle', cell: 'bbbb', source };
    const held = (changes: Record<string, unknown>, edited: readonly string[] = []): boolean => {
      const sent = readSent({ functions: [{ ...SENT, ...changes }], findings: [] });
      return outdated(analysis, SOURCES, sent, new Set(edited)).size === 0;
    };
    expect(held({ pieces: [own] })).toBe(true);
    // Other lines of the cell have changed since it ran.
    expect(held({ pieces: [own] }, ['bbbb'])).toBe(true);
    // It ran again as it stands, and was not sent again.
    expect(held({ pieces: [{ ...own, source: source.replace('cosh', 'sinh') }] })).toBe(false);
    expect(held({ pieces: [own], cell: 'aaaa' })).toBe(false);
    expect(held({ pieces: [{ ...own, source: null }] })).toBe(true);
    expect(held({ pieces: [{ ...own, source: null }] }, ['bbbb'])).toBe(false);
    expect(held({ pieces: [] })).toBe(true);
    expect(held({ pieces: [] }, ['bbbb'])).toBe(false);
    // The kernel's word of what it ran last holds; of what is edited since it knows nothing.
    const other = { ...own, source: source.replace('cosh', 'sinh') };
    expect(held({ pieces: [{ ...own, stands: false }] })).toBe(false);
    expect(held({ pieces: [{ ...own, stands: false }] }, ['bbbb'])).toBe(false);
    expect(held({ pieces: [{ ...other, stands: true }] })).toBe(true);
    expect(held({ pieces: [{ ...other, stands: true }] }, ['bbbb'])).toBe(false);
    expect(held({ pieces: [{ ...own, stands: true }] }, ['bbbb'])).toBe(true);
    expect(held({ pieces: [{ ...own, stands: null }] })).toBe(true);
    expect(outdated(analysis, SOURCES, null, new Set()).size).toBe(0);
    expect(outdated(analysis, SOURCES, null, new Set(['bbbb'])).size).toBe(1);
  });

  it('marks resources that are named for it and not in the project yet', () => {
    const resource = { line: 0, submitted: false, known: true, project: 'shop' };
    show(
      loaded({
        unsubmitted: [
          { ...resource, name: 'lib.zip', cell: 'cccc' },
          { ...resource, name: 'pricing.py', cell: 'bbbb', submitted: true },
          { ...resource, name: 'all.zip', cell: null, line: null, known: false },
          { ...resource, name: 'other.zip', cell: 'aaaa' }
        ]
      })
    );
    expect(texts('.jp-odps-needs tr').slice(-3)).toEqual([
      'resourcelib.zip✗ not in project shop yet: upload it before',
      'resourcepricing.py✗ not in project shop yet: it counts once it is submitted',
      'resourceall.zip? whether project shop holds it is not known'
    ]);
  });

  it('is still known when lines above it have moved it', () => {
    show({ sent: readSent({ functions: [{ ...SENT, line: 4 }], findings: [] }) });
    expect(mounted.host.querySelector('.jp-odps-card')?.textContent).toContain('sent to project embedded');
  });

  it('shows its texts as texts, asked for when they are opened', async () => {
    const opened = readOpened({
      headline: 'Sent to project embedded.',
      listing: '<b>def</b>',
      udf: 'class',
      sql: 'SELECT 1'
    });
    const shown = show({
      sent: readSent({ functions: [SENT], findings: [] }),
      open: vi.fn(() => Promise.resolve(opened))
    });
    expect(shown.open).not.toHaveBeenCalled();
    await press('As the executor sees it');
    expect(shown.open).toHaveBeenCalledWith(4, 0);
    expect(texts('.jp-odps-listing')).toEqual(['<b>def</b>']);
    await press('SQL');
    expect(texts('.jp-odps-listing')).toEqual(['SELECT 1']);
    expect(shown.open).toHaveBeenCalledTimes(1);
    await press('SQL');
    expect(texts('.jp-odps-listing')).toEqual([]);
  });

  it('says why its texts cannot be had', async () => {
    show({ sent: readSent({ functions: [SENT], findings: [] }) });
    await press('UDF');
    expect(mounted.host.textContent).toContain('Not kept.');
  });

  it('says of a captured value that no pickle holds that it cannot travel', () => {
    const lock = { ...WIRE.diagnostics[0], kind: 'unpicklable-capture', message: 'coeffs holds a lock.' };
    show({ analysis: readAnalysis({ ...WIRE, diagnostics: [lock] }) });
    expect(texts('.jp-odps-needs tr')[1]).toBe('capturecoeffs✗ cannot travel: see Problems, set in cell 1');
  });

  it('marks as proven what was seen to fail, while its line stands', () => {
    show({ sent: readSent({ functions: [], findings: [FINDING] }) });
    expect(texts('.jp-odps-proven')).toEqual(['proven by preflight']);
    expect(texts('.jp-odps-problem')).toHaveLength(1);
    show({ sent: readSent({ functions: [], findings: [{ ...FINDING, text: 'return 1' }] }) });
    expect(texts('.jp-odps-proven')).toEqual([]);
  });

  it('makes a problem of what failed and no rule had said', async () => {
    const analysis = readAnalysis({ ...WIRE, diagnostics: [] });
    const finding = { ...FINDING, kind: null, message: 'handle fails: KeyError' };
    const shown = show({ analysis, sent: readSent({ functions: [], findings: [finding] }) });
    expect(texts('.jp-odps-problem-place')).toEqual(['line 3errorproven by preflight']);
    expect(texts('.jp-odps-chip')).toEqual(['error 1']);
    expect(texts('.jp-odps-select option')).toEqual(['all kinds', 'seen-to-fail']);
    expect(mounted.host.textContent).not.toContain('None found in the source.');
    expect(mounted.host.querySelector('button.jp-odps-kind')).toBeNull();
    expect(mounted.host.querySelector('.jp-odps-card')?.textContent).toContain(
      'Not sent: a preflight saw it fail in cell 2, line 3'
    );
    act(() => {
      mounted.host.querySelector<HTMLElement>('.jp-odps-problem-head')?.click();
    });
    expect(shown.reveal).toHaveBeenCalledWith(1, 2);
    await press('Send it regardless');
    expect(shown.runOnce).toHaveBeenCalledWith('regardless', 'cccc');
    await press('Dismiss');
    expect(shown.dismiss).toHaveBeenCalledWith({
      by: 'preflight',
      function: 'handle',
      message: 'handle fails: KeyError',
      ran: 'cccc'
    });
  });
});
