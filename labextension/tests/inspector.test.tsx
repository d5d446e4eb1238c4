import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { describe, expect, it, vi } from 'vitest';

import { Inspector } from '../src/components/Inspector';
import type { IInspection } from '../src/inspection';
import { ProtocolError, readAnalysis, RequestError } from '../src/protocol';
import { ServerError } from '../src/rest';
import { inspection, loaded } from './inspection';
import { Mounted } from './mounted';
import { WIRE } from './wire';

const trans = nullTranslator.load('odps_jupyter');

describe('Inspector', () => {
  const mounted = new Mounted();

  const show = (shown: IInspection | null): void => {
    mounted.show(<Inspector inspection={shown} trans={trans} />);
  };
  const click = (selector: string): void => {
    act(() => {
      mounted.host.querySelector<HTMLElement>(selector)?.click();
    });
  };
  const texts = (selector: string): (string | null)[] => mounted.texts(selector);

  it('says why a notebook in another language is not inspected', () => {
    const analysis = { ...readAnalysis(WIRE), cells: [], placement: [], shipped: [], diagnostics: [] };
    show(inspection({ analysis, otherLanguage: 'julia' }));
    expect(mounted.host.textContent).toContain(
      'This notebook is in julia. Only Python notebooks are inspected.'
    );
    show(inspection({ analysis, otherLanguage: '' }));
    expect(mounted.host.textContent).toContain('This notebook is not in Python.');
  });

  it('invites to open a notebook', () => {
    show(null);
    expect(mounted.host.textContent).toContain('Open a notebook');
  });

  const press = (name: string): void => {
    const found = Array.from(mounted.host.querySelectorAll<HTMLElement>('button')).filter(
      button => button.textContent === name
    );
    expect(found).toHaveLength(1);
    act(() => {
      found[0]?.click();
    });
  };

  it('lists what will go wrong, goes there, and explains the rule', () => {
    const shown = inspection();
    show(shown);
    expect(texts('.jp-odps-problem-group')).toEqual(['cell 2hint 1']);
    expect(texts('.jp-odps-problem-place')).toEqual(['line 3hint']);
    expect(mounted.host.textContent).toContain('Predicted: ok on pandas, ok on MaxCompute.');
    click('.jp-odps-problem-head');
    expect(shown.reveal).toHaveBeenCalledWith(1, 2);
    press('module-imported-outside');
    expect(shown.explain).toHaveBeenCalledWith('module-imported-outside');
  });

  it('shows what a fix changes before it is made', () => {
    const shown = inspection();
    show(shown);
    press('Import np in the body');
    const button = mounted.host.querySelector('.jp-odps-fix[aria-expanded=true]');
    const preview = mounted.host.querySelector(`[id="${button?.getAttribute('aria-controls') ?? ''}"]`);
    expect(preview?.getAttribute('aria-label')).toBe('Preview: Import np in the body');
    expect(texts('.jp-odps-diff-line')).toEqual([
      '  def handle(v):\n',
      '+ added:     import numpy as np\n',
      '      # why\n'
    ]);
    expect(shown.edit).not.toHaveBeenCalled();
    press('Apply');
    expect(shown.edit).toHaveBeenCalledWith(shown.analysis?.diagnostics[0]?.fix?.edits);
    expect(mounted.host.querySelector('.jp-odps-edited')?.textContent).toContain(
      'Undo in the cell takes it back'
    );
    expect(document.activeElement).toBe(mounted.host.querySelector('.jp-odps-problems'));
    expect(mounted.host.querySelector('.jp-odps-preview')).toBeNull();
  });

  it('offers to take a fix back while the cells are as it left them', () => {
    const restore = vi.fn(() => true);
    const shown = inspection({ restorable: 2, restore });
    show(shown);
    expect(mounted.host.textContent).not.toContain('Undo in all');
    press('Import np in the body');
    press('Apply');
    press('Undo in all 2 cells');
    expect(restore).toHaveBeenCalledOnce();
    expect(texts('.jp-odps-edited')).toEqual(['Taken back.']);
    show({ ...shown, restorable: 0 });
    expect(mounted.host.textContent).not.toContain('Undo in all');
  });

  it('groups the problems by cell, and folds each group', () => {
    const [hint] = WIRE.diagnostics;
    const diagnostics = [
      { ...hint, cell: 2, severity: 'error' },
      hint,
      { ...hint, cell: 2, line: 1 },
      { ...hint, cell: 2, line: 2 }
    ];
    show(inspection({ analysis: readAnalysis({ ...WIRE, diagnostics }) }));
    expect(texts('.jp-odps-problem-group')).toEqual(['cell 2hint 1', 'cell 3error 1 · hint 2']);
    press('cell 3error 1 · hint 2');
    expect(texts('.jp-odps-problem-place')).toEqual(['line 3hint']);
    expect(texts('.jp-odps-count')).toContain('4');
    press('cell 3error 1 · hint 2');
    expect(texts('.jp-odps-problem-place')).toHaveLength(4);
  });

  it('says that a cell has changed under a fix', () => {
    show(inspection({ edit: vi.fn(() => false) }));
    press('Import np in the body');
    press('Apply');
    expect(mounted.host.querySelector('.jp-odps-edited')?.textContent).toContain('Not changed');
  });

  it('silences a problem by a comment, shown first', () => {
    const shown = inspection();
    show(shown);
    press('Ignore this here');
    expect(texts('.jp-odps-diff-added')[0]).toContain('# odps: ignore[module-imported-outside]');
    press('Apply');
    expect(shown.edit).toHaveBeenCalledWith([shown.analysis?.diagnostics[0]?.ignore]);
  });

  it('filters by severity and kind, and fixes all safe ones that are shown', () => {
    const [hint] = WIRE.diagnostics;
    const unsafe = {
      ...hint,
      severity: 'error',
      kind: 'network-access',
      fix: { title: 'Move it', safe: false, edits: hint?.fix.edits }
    };
    const shown = inspection({ analysis: readAnalysis({ ...WIRE, diagnostics: [hint, unsafe] }) });
    show(shown);
    expect(texts('.jp-odps-chip')).toEqual(['error 1', 'hint 1']);
    press('Fix all safe (1)');
    press('Apply');
    expect(shown.edit).toHaveBeenCalledWith(shown.analysis?.diagnostics[0]?.fix?.edits);
    press('Move it');
    expect(mounted.host.querySelector('.jp-odps-preview')?.textContent).toContain(
      'Changes what the code means'
    );
    press('hint 1');
    expect(mounted.host.querySelectorAll('.jp-odps-problem')).toHaveLength(1);
    expect(mounted.host.textContent).toContain('1 problem is filtered out.');
    expect(mounted.host.textContent).not.toContain('Fix all safe');
    press('hint 1');
    const select = mounted.host.querySelector('select');
    expect(Array.from(select?.options ?? [], option => option.value)).toEqual([
      '',
      'module-imported-outside',
      'network-access'
    ]);
    act(() => {
      if (select) {
        select.value = 'network-access';
        select.dispatchEvent(new Event('change', { bubbles: true }));
      }
    });
    expect(texts('.jp-odps-problem .jp-odps-kind')).toEqual(['network-access']);
  });

  it('says what set a captured name after it travelled', () => {
    const wire = structuredClone(WIRE);
    Object.assign(wire.shipped[0]?.details.captures.coeffs ?? {}, {
      set_later: [{ cell: 2, line: 0, ran: false }, { cell: 0, line: 3, ran: true }, 'unheard']
    });
    show(inspection({ analysis: readAnalysis(wire) }));
    expect(texts('.jp-odps-needs tr')[1]).toBe(
      'capturecoeffstravels by value, set in cell 1, set again in cell 3 (not yet run), set again in cell 1 since'
    );
  });

  it('says that nothing was found', () => {
    show(inspection({ analysis: readAnalysis({ ...WIRE, diagnostics: [] }) }));
    expect(mounted.host.textContent).toContain('None found in the source.');
    expect(mounted.host.querySelector('.jp-odps-problem')).toBeNull();
  });

  it('names the side of every piece in text, with the reason', () => {
    show(inspection());
    const piece = mounted.host.querySelector('.jp-odps-piece-executor');
    expect(piece?.textContent).toContain('handle');
    expect(piece?.textContent).toContain('lines 1–3');
    expect(piece?.querySelector('.jp-odps-badge')?.textContent).toBe('executor');
    expect(piece?.querySelector('.jp-odps-reason')?.textContent).toBe(
      'handed over by df.sepal_length.map in cell 3'
    );
    expect(texts('.jp-odps-cell-head > .jp-odps-badge')).toEqual(['local', 'local']);
    expect(mounted.host.querySelector('.jp-odps-summary')?.textContent).toContain(
      '1 piece of this notebook runs on the executor'
    );
  });

  it('shows what a shipped function needs', () => {
    show(inspection());
    expect(texts('.jp-odps-needs tr')).toEqual([
      'importnumpyimported inside it',
      'capturecoeffstravels by value, set in cell 1'
    ]);
  });

  it('goes to the code that is clicked', () => {
    const shown = inspection();
    show(shown);
    click('.jp-odps-piece button');
    expect(shown.reveal).toHaveBeenCalledWith(1, 0);
    click('.jp-odps-needs tr:last-child td:last-child .jp-odps-link');
    expect(shown.reveal).toHaveBeenLastCalledWith(0, 4);
  });

  it('shows a broken cell as such, and the others still', () => {
    const wire = structuredClone(WIRE);
    Object.assign(wire.cells[0] ?? {}, { error: { line: 2, column: 4, message: 'invalid syntax' } });
    const shown = inspection({ analysis: readAnalysis(wire) });
    show(shown);
    expect(mounted.host.querySelector('.jp-odps-cell-broken')?.textContent).toContain(
      'cannot be read: invalid syntax'
    );
    expect(mounted.host.querySelector('.jp-odps-summary')?.textContent).toContain('1 cell cannot be read.');
    expect(mounted.host.querySelectorAll('.jp-odps-cell')).toHaveLength(3);
    click('.jp-odps-cell-broken button');
    expect(shown.reveal).toHaveBeenCalledWith(0, 2);
  });

  it('offers to enable the kernel where the extension is not loaded', () => {
    const shown = inspection();
    show(shown);
    expect(texts('[role=radio]')).toEqual(['pandas', 'MaxCompute']);
    expect(mounted.host.querySelectorAll('[role=radio]:disabled')).toHaveLength(2);
    click('.jp-odps-notice button');
    expect(shown.enable).toHaveBeenCalledOnce();
  });

  it('toggles the backend by click and by arrow', () => {
    const shown = inspection(loaded());
    show(shown);
    expect(mounted.host.querySelector('[aria-checked=true]')?.textContent).toBe('pandas');
    expect(mounted.host.textContent).toContain('on a sample of 100 rows');
    click('[data-backend=pandas]');
    expect(shown.setBackend).not.toHaveBeenCalled();
    click('[data-backend=maxcompute]');
    expect(shown.setBackend).toHaveBeenCalledWith('maxcompute');
    act(() => {
      mounted.host
        .querySelector('[data-backend=pandas]')
        ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    });
    expect(shown.setBackend).toHaveBeenCalledTimes(2);
    expect(document.activeElement?.textContent).toBe('MaxCompute');
  });

  it.each([
    [{ sample: 1 }, 'on a sample of 1 row'],
    [{ sample: 'all' }, 'on all rows'],
    [{ sample: 1, where: 'x > 1' }, 'on up to 1 row where x > 1'],
    [{ sample: 2, where: 'x > 1' }, 'on up to 2 rows where x > 1'],
    [{ sample: 'all', where: 'x > 1' }, 'on all rows where x > 1']
  ])('says in words what %j means for the next run', (said, words) => {
    show(inspection(loaded(said)));
    expect(texts('.jp-odps-detail > div')).toEqual([`Runs go to: pandas in this kernel, ${words}`]);
  });

  it('calls verified only what was sent of this notebook', () => {
    const aside = (name: string, changes: Partial<IInspection> = {}): string | null | undefined => {
      const functions = [{ name, size: 9, pieces: [{ name, line: 0, captures: [] }] }];
      show(inspection({ ...loaded({ shipments: [{ standing: 'verified', functions }] }), ...changes }));
      return texts('.jp-odps-section .jp-odps-secondary')[0];
    };
    const analysis = readAnalysis(WIRE);
    expect(aside('handle', { analysis })).toBe('predicted · verified');
    expect(aside('another', { analysis })).toBe('predicted from source');
    expect(aside('handle', { analysis, outdated: new Set(analysis.shipped) })).toBe('predicted from source');
  });

  it('takes nothing that was done in one notebook over to another', () => {
    const one = inspection();
    show(one);
    press('Import np in the body');
    expect(mounted.host.querySelector('.jp-odps-preview')).not.toBeNull();
    press('Apply');
    expect(texts('.jp-odps-edited')).toEqual(['Changed. Undo in the cell takes it back.']);
    show({ ...one, slow: true });
    expect(texts('.jp-odps-edited')).toEqual(['Changed. Undo in the cell takes it back.']);
    show(inspection({ path: 'copies/clicks.ipynb' }));
    expect(texts('.jp-odps-edited')).toEqual(['']);
  });

  it('says how the last run went', () => {
    const run = { number: 3, backend: 'pandas', status: 'ok', seconds: 0.21, error: null };
    show(inspection(loaded({ run })));
    expect(mounted.host.textContent).toContain('Run 3 on pandas: done in 0.2 s');
    show(inspection(loaded({ run: { ...run, status: 'error', error: 'NoSuchObject: table not found' } })));
    expect(mounted.host.textContent).toContain('Run 3 on pandas: failed, NoSuchObject');
    expect(mounted.host.textContent).not.toContain('table not found');
  });

  it('says where runs go and under which Python', () => {
    show(
      inspection(
        loaded({
          backend: 'maxcompute',
          connection: { kind: 'project', project: 'sales', endpoint: 'there', label: null },
          profile: { name: 'local', is_runtime: false, image: null }
        })
      )
    );
    expect(mounted.host.textContent).toContain('MaxCompute project sales, on whole tables');
    expect(mounted.host.textContent).toContain('no MaxCompute runtime');
  });

  it.each<[Error, string]>([
    [new ServerError('missing', 'Not Found'), 'jupyter server extension enable odps_jupyter'],
    [new ServerError('away', 'refused'), 'does not answer'],
    [new ServerError('refused', 'The request is not JSON.'), 'The request is not JSON.'],
    [new ServerError('failed', '500'), 'The analysis failed: 500'],
    [new ProtocolError('cells is not a list'), 'an answer that this panel cannot read (cells is not a list)']
  ])('says what is wrong with the server and lets try again: %s', (error, words) => {
    const shown = inspection({ analysis: null, analysisError: error });
    show(shown);
    expect(mounted.host.querySelector('[role=alert]')?.textContent).toContain(words);
    click('[role=alert] button');
    expect(shown.refresh).toHaveBeenCalledOnce();
  });

  it('shows what the kernel refused', () => {
    show(
      inspection({ ...loaded(), kernelError: new RequestError('No such project.', 'See %odps connect.') })
    );
    expect(mounted.host.querySelector('[role=alert]')?.textContent).toBe(
      'No such project. See %odps connect.'
    );
  });

  it('writes what a notebook says as text, never as markup', () => {
    const wire = structuredClone(WIRE);
    Object.assign(wire.placement[0] ?? {}, {
      name: '<img src=x onerror=alert(1)>',
      reason: '<script>1</script>'
    });
    show(inspection({ analysis: readAnalysis(wire) }));
    expect(mounted.host.querySelectorAll('img, script')).toHaveLength(0);
    expect(mounted.host.textContent).toContain('<img src=x onerror=alert(1)>');
  });
});
