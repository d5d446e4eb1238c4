import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { describe, expect, it, vi } from 'vitest';

import { Runs } from '../src/components/Runs';
import type { IInspection } from '../src/inspection';
import { RunLog } from '../src/runlog';
import { readHistory, readLink } from '../src/runs';
import { inspection, loaded } from './inspection';
import { Mounted } from './mounted';

const trans = nullTranslator.load('odps_jupyter');

const RUN = {
  number: 3,
  id: 'c3',
  cell_id: 'cccc',
  backend: 'pandas',
  connection: 'embedded',
  started: 1763877000,
  seconds: 0.6,
  status: 'ok',
  error: null,
  background: false,
  executions: [
    {
      backend: 'pandas',
      action: 'execute',
      operation: 'Summary',
      tables: ['iris'],
      functions: ['handle'],
      seconds: 0.5,
      instances: [],
      rows: 100,
      persisted: null,
      error: null
    }
  ],
  comparisons: [
    {
      operation: 'Summary',
      action: 'execute',
      where: 'embedded',
      equal: false,
      rows: 100,
      masked: false,
      cause: 'null-nan',
      because: 'b holds NULL.',
      error: null,
      columns: ['b', 'c'],
      differences: [
        { row: 2, key: { a: 3 }, column: 'b', pandas: 1.5, executor: null },
        { row: 2, key: { a: 3 }, column: 'c', pandas: '<i>', executor: '1' },
        { row: 4, key: {}, column: 'c', pandas: 1, executor: 2 },
        { row: 9, key: {}, column: null, pandas: [1, 'x'], executor: null }
      ]
    }
  ],
  failures: []
};

const LIVE = {
  key: 7,
  run: 4,
  backend: 'maxcompute',
  connection: 'embedded',
  operations: ['Sum'],
  tables: ['iris'],
  functions: ['slow'],
  cell: 3,
  started: 1763877000.1,
  status: 'Executing',
  fraction: 0.64,
  stopping: false,
  jobs: [
    {
      instance: '2026a',
      project: 'embedded',
      status: 'running',
      stages: [
        { name: 'M1', running: 1, ended: 3, workers: 4, fraction: 0.75 },
        { name: 'R2', running: 0, ended: 0, workers: 1, fraction: 0 }
      ]
    }
  ]
};

const PAST = {
  id: 'a1',
  number: 1,
  cell: 0,
  cell_id: 'gone',
  started: 1763876000,
  seconds: 12.3,
  status: 'error',
  background: false,
  backend: 'maxcompute',
  connection: 'embedded',
  sample: null,
  executions: 1,
  rows: null,
  cost: { input: 8192 },
  error: 'ScriptError ODPS-0123055',
  jobs: [{ instance: '2026b', project: 'embedded' }],
  here: false
};

describe('Runs', () => {
  const mounted = new Mounted();

  const reveal = vi.fn();
  const show = (shown: IInspection): void => {
    mounted.show(<Runs inspection={shown} reveal={reveal} trans={trans} />);
  };
  const texts = (selector: string): (string | null)[] => mounted.texts(selector);
  const named = (name: string): HTMLElement => {
    const found = mounted.host.querySelector<HTMLElement>(`[aria-label="${name}"]`);
    if (!found) {
      throw new Error(`Nothing is labelled ${name}.`);
    }
    return found;
  };

  it('shows stages and workers while the kernel is busy, and stops an execution', () => {
    const shown = inspection(loaded({ live: [LIVE] }));
    show(shown);
    const bar = named('Progress of Sum with slow');
    expect(bar.getAttribute('role')).toBe('progressbar');
    expect(bar.getAttribute('aria-valuenow')).toBe('64');
    expect(texts('.jp-odps-stage')).toEqual(['M1: 3 of 4 workers done, 1 at work', 'R2: waits']);
    act(() => {
      named('Stop #4 Sum with slow').click();
    });
    expect(shown.stop).toHaveBeenCalledWith({ key: 7 });
    show(inspection(loaded({ live: [{ ...LIVE, stopping: true }] })));
    expect(mounted.host.querySelector<HTMLButtonElement>('.jp-odps-live .jp-odps-button')?.disabled).toBe(
      true
    );
    expect(mounted.host.textContent).toContain('Stopping…');
  });

  it('compares the sides in a table, and marks by a sign what differs', () => {
    const { kernelState } = loaded({ run: RUN });
    const log = new RunLog();
    expect(log.note(kernelState)).toBe(true);
    expect(log.note(kernelState)).toBe(false);
    show(inspection({ ...loaded({ run: RUN }), runs: log.runs }));
    expect(texts('summary .jp-odps-run-error')).toEqual(['≠ 1 of 1 differ']);
    expect(mounted.host.textContent).toContain('Probable cause: null-nan. b holds NULL.');
    const lines = Array.from(mounted.host.querySelectorAll('tbody tr'), line =>
      Array.from(line.children, each => each.textContent)
    );
    expect(texts('.jp-odps-values thead th').slice(0, 2)).toEqual(['Row, by a', 'Side']);
    expect(lines).toEqual([
      ['a = 3', 'pandas', '≠ differs: 1.5', '≠ differs: "<i>"'],
      ['executor', '≠ differs: NULL', '≠ differs: "1"'],
      ['5', 'pandas', 'same', '≠ differs: 1'],
      ['executor', 'same', '≠ differs: 2'],
      ['10', 'pandas', '≠ differs: 1, "x"'],
      ['executor', '≠ differs: no such row']
    ]);
    act(() => {
      mounted.host.querySelector<HTMLElement>('.jp-odps-run-detail .jp-odps-link')?.click();
    });
    expect(reveal).toHaveBeenCalledWith(2, 0);
  });

  it('shows no value of a masked comparison', () => {
    const masked = {
      ...RUN.comparisons[0],
      masked: true,
      differences: [{ row: 2, key: {}, column: 'b', pandas: null, executor: null }]
    };
    const { kernelState } = loaded({ run: { ...RUN, comparisons: [masked] } });
    const log = new RunLog();
    log.note(kernelState);
    show(inspection({ ...loaded(), runs: log.runs }));
    expect(texts('.jp-odps-differs')).toEqual(['≠ differs: masked', '≠ differs: masked']);
  });

  it('remembers earlier kernels, and opens a job in a new tab', async () => {
    const history = readHistory({ notebook: '/a.ipynb', kept: true, runs: [PAST] });
    const logview = vi.fn(() => Promise.resolve('https://logview.example/1'));
    const shown = inspection({ ...loaded(), history, logview });
    show(shown);
    expect(texts('.jp-odps-run-status')).toEqual(['✗ failed']);
    expect(mounted.host.textContent).toContain('ScriptError ODPS-0123055');
    expect(mounted.host.textContent).toContain('Its jobs read 8.2 kB.');
    expect(mounted.host.textContent).toContain('In an earlier kernel.');
    const tab = { opener: window as Window | null, location: { replace: vi.fn() }, close: vi.fn() };
    vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window);
    await act(async () => {
      named('Logview of 2026b, opens a new tab').click();
      await Promise.resolve();
    });
    expect(tab.opener).toBeNull();
    expect(tab.location.replace).toHaveBeenCalledWith('https://logview.example/1');
    expect(readLink({ url: 'javascript:alert(1)' })).toBeNull();
  });

  it('joins what the history and the events say of a run, and shows the last ten first', () => {
    const past = Array.from({ length: 12 }, (_, index) => ({ ...PAST, id: `p${index}`, started: index }));
    const running = {
      ...PAST,
      id: 'c3',
      number: 3,
      here: true,
      status: 'running',
      seconds: null,
      started: 1e6
    };
    const log = new RunLog();
    log.note(loaded({ run: RUN }).kernelState);
    const history = readHistory({ kept: false, runs: [running, ...past.reverse()] });
    show(inspection({ ...loaded(), history, runs: log.runs }));
    expect(texts('.jp-odps-run-status')).toHaveLength(10);
    expect(texts('.jp-odps-run-status')[0]).toBe('✓ done');
    expect(mounted.host.textContent).toContain('forgotten with the kernel');
    act(() => {
      mounted.host.querySelector<HTMLElement>('button[aria-expanded=false].jp-odps-fix')?.click();
    });
    expect(texts('.jp-odps-run-status')).toHaveLength(13);
  });

  it('tells a dry run', () => {
    const history = readHistory({ kept: true, runs: [{ ...PAST, status: 'dry', error: null }] });
    show(inspection({ ...loaded(), history }));
    expect(texts('.jp-odps-run-status')).toEqual(['○ dry run']);
  });

  it('says that the kernel is of another version', () => {
    show(inspection({ ...loaded(), kernelOlder: true }));
    expect(mounted.host.textContent).toContain('of another version');
    expect(mounted.host.textContent).toContain('No cell with %%odps has run yet');
  });
});
