import type { Locator, Page } from '@playwright/test';

import type { Lab } from './lab';
import { expect, test } from './lab';

async function open(page: Page, lab: Lab, name: string, cells: readonly string[]): Promise<Locator> {
  await lab.write(name, cells);
  await page.goto(lab.notebook(name));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  await expect(panel.locator('.jp-odps-svg')).toBeVisible();
  return panel;
}

function source(page: Page, index: number): Locator {
  return page.locator('.jp-NotebookPanel:visible .jp-CodeCell').nth(index).locator('.cm-content');
}

async function run(page: Page, index: number): Promise<void> {
  await source(page, index).click();
  await page.keyboard.press('ControlOrMeta+Enter');
}

test('makes a problem of what a preflight saw and no rule had said', async ({ page, lab }) => {
  const panel = await open(page, lab, 'proven.ipynb', [
    "%load_ext odps_jupyter\n%odps connect embedded\ndf = o.get_table('pyodps_iris').to_df()",
    'def share(v):\n    return 1 / (v - v)',
    '%%odps --backend maxcompute\ndf.sepal_length.map(share).execute()'
  ]);
  const problem = panel.locator('.jp-odps-problem');
  const status = page.locator('.jp-odps-status');
  await expect(panel).toContainText('ODPS is not enabled in this kernel');
  await expect(problem).toHaveCount(0);
  for (const index of [0, 1, 2]) {
    await run(page, index);
  }

  await test.step('in the list, the editor, the status bar, the picture and the card', async () => {
    await expect(problem).toHaveCount(1);
    await expect(problem).toContainText('proven by preflight');
    // Cells have other numbers in the kernel than in the panel, which names the place itself.
    await expect(problem).toContainText(
      'share fails on the executor: ZeroDivisionError: float division by zero'
    );
    await expect(panel.locator('.jp-odps-chip')).toHaveText(['error 1']);
    await expect(source(page, 1).locator('.jp-odps-underline-error')).toHaveText('return 1 / (v - v)');
    await expect(status).toContainText('1 problem');
    await expect(panel.locator('.jp-odps-svg')).toContainText('seen-to-fail');
    await expect(panel.locator('.jp-odps-card')).toContainText(
      'Not sent: a preflight saw it fail in cell 2, line 2'
    );
    await source(page, 1).locator('.jp-odps-underline-error').hover();
    await expect(page.locator('.jp-odps-tooltip')).toContainText('proven by preflight');
  });

  await test.step('one click sends it regardless, and nothing else is tried less', async () => {
    await problem.getByRole('button', { name: 'Send it regardless' }).click();
    await expect(problem).toContainText('proven by a job');
    await expect(problem.getByRole('button', { name: 'Send it regardless' })).toHaveCount(0);
    await run(page, 2);
    await expect(problem).toContainText('proven by preflight');
  });

  await test.step('it holds for the line as it was', async () => {
    await source(page, 1).click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.insertText('  # why');
    await expect(problem).toHaveCount(0);
    await expect(page.locator('.jp-odps-underline')).toHaveCount(0);
    await page.keyboard.press('ControlOrMeta+z');
    await expect(problem).toHaveCount(1);
  });

  await test.step('and until it is dismissed', async () => {
    await problem.getByRole('button', { name: 'Dismiss' }).click();
    await expect(problem).toHaveCount(0);
    await expect(page.locator('.jp-odps-underline')).toHaveCount(0);
    await expect(status).not.toContainText('problem');
  });
});

/** Three functions with the same hint, each in a cell of its own. */
const THREE = [
  "import numpy as np\ndf = o.get_table('pyodps_iris').to_df()",
  ...['one', 'two', 'three'].flatMap(name => [
    `def ${name}(v):\n    return float(np.cosh(v))`,
    `df.sepal_length.map(${name}).execute()`
  ])
];

test('fixes a problem with the keyboard alone, and takes back what was done in several cells at once', async ({
  page,
  lab
}) => {
  const panel = await open(page, lab, 'three.ipynb', THREE);
  const functions = [1, 3, 5].map(index => source(page, index));
  /** Tab until what is named has the focus: whoever cannot get there fails here. */
  const reach = async (name: RegExp): Promise<string[]> => {
    const passed: string[] = [];
    for (let tries = 0; tries < 60; tries++) {
      await page.keyboard.press('Tab');
      const words = await page.evaluate(() => document.activeElement?.textContent ?? '');
      passed.push(words);
      if (name.test(words)) {
        return passed;
      }
    }
    throw new Error(`${String(name)} was not reached: ${passed.join(' | ')}`);
  };

  await test.step('they are grouped by cell', async () => {
    await expect(panel.locator('.jp-odps-problem-group')).toHaveText([
      'cell 2hint 1',
      'cell 4hint 1',
      'cell 6hint 1'
    ]);
  });

  await test.step('from the heading to the fix, in the order they are read', async () => {
    await panel.locator('.jp-odps-section-head', { hasText: 'Problems' }).focus();
    const passed = await reach(/^Import np in the body$/);
    expect(passed).toEqual([
      'hint 3',
      expect.stringContaining('all kinds'),
      'Fix all safe (3)',
      'cell 2hint 1',
      expect.stringContaining('line 2'),
      'Import np in the body'
    ]);
    await page.keyboard.press('Enter');
    await reach(/^Ignore this here$/);
    await reach(/^Apply$/);
    await page.keyboard.press('Enter');
    await expect(source(page, 1)).toContainText('import numpy as np');
    await expect(panel.locator('.jp-odps-problems')).toBeFocused();
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(2);
  });

  await test.step('a group is folded by its heading', async () => {
    await reach(/^cell 4/);
    await page.keyboard.press('Enter');
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(1);
    await page.keyboard.press('Space');
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(2);
  });

  await test.step('all at once, and back in one step', async () => {
    const all = panel.getByRole('button', { name: 'Fix all safe (2)' });
    await all.focus();
    await page.keyboard.press('Enter');
    const preview = panel.getByRole('group', { name: 'Preview: All safe fixes' });
    await expect(preview).toContainText('changes 2 cells');
    await reach(/^Apply$/);
    await page.keyboard.press('Enter');
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(0);
    const undo = panel.getByRole('button', { name: 'Undo in all 2 cells' });
    await undo.focus();
    await page.keyboard.press('Enter');
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(2);
    await expect(undo).toHaveCount(0);
    // What was fixed before stays fixed.
    await expect(source(page, 1)).toContainText('import numpy as np');
    for (const cell of functions.slice(1)) {
      await expect(cell).not.toContainText('import');
    }
  });

  await test.step('from the notebook by its keys too', async () => {
    await functions[1]?.click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Alt+Shift+O');
    await page.keyboard.press('f');
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(0);
    await page.keyboard.press('Alt+Shift+O');
    await page.keyboard.press('u');
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(2);
  });
});
