import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';

import { readAnalysis } from '../src/protocol';
import { problemTooltip } from '../src/tooltip';
import { SOURCES, WIRE } from './wire';

const trans = nullTranslator.load('odps_jupyter');

describe('problemTooltip', () => {
  const [item] = readAnalysis(WIRE).diagnostics;
  if (!item) {
    throw new Error('the fixture has a problem');
  }

  it('says what it is, and offers the page of the rule, the fix with what it changes, and silence', () => {
    const actions = {
      sources: SOURCES,
      edit: vi.fn(() => true),
      explain: vi.fn(() => Promise.resolve()),
      reveal: vi.fn(() => Promise.resolve())
    };
    const shown = problemTooltip(item, actions, trans);
    expect(shown.querySelector('.jp-odps-severity')?.textContent).toBe('hint');
    expect(shown.querySelector('.jp-odps-message')?.textContent).toBe(item.message);
    expect(shown.querySelector('.jp-odps-diff-added')?.textContent).toBe('+     import numpy as np\n');
    const buttons = Array.from(shown.querySelectorAll('button'));
    expect(buttons.map(button => button.textContent)).toEqual([
      'module-imported-outside',
      'Import np in the body',
      'Ignore this here'
    ]);
    buttons.forEach(button => {
      button.click();
    });
    expect(actions.explain).toHaveBeenCalledWith('module-imported-outside');
    expect(actions.edit.mock.calls).toEqual([[item.fix?.edits], [[item.ignore]]]);
  });

  it('only says what it is where nothing can be done', () => {
    const shown = problemTooltip({ ...item, message: '<b>x</b>' }, null, trans);
    expect(shown.querySelectorAll('button, b')).toHaveLength(0);
    expect(shown.textContent).toContain('<b>x</b>');
    expect(shown.getAttribute('aria-label')).toBe('Problem: module-imported-outside');
  });
});
