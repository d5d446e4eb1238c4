import type { Locator, Page } from '@playwright/test';

import type { Lab } from './lab';
import { expect, test } from './lab';

/** The documented program, a cell per thought. */
const PROGRAM = [
  "from odps import ODPS, options\nimport numpy as np\n\ndf = o.get_table('pyodps_iris').to_df()\ncoeffs = [0.1, 0.2, 0.4]",
  'def handle(v):\n    import numpy as np\n    return float(np.cosh(v)) * sum(coeffs)',
  "options.df.supersede_libraries = True\nval = df.sepal_length.map(handle).sum().execute(libraries=['numpy.zip', 'other.zip'])",
  'print(np.sinh(val))'
];

async function open(page: Page, lab: Lab, name: string, cells: readonly string[]): Promise<Locator> {
  await lab.write(name, cells);
  await page.goto(lab.notebook(name));
  await expect(page.locator('.jp-NotebookPanel-toolbar:visible')).toBeVisible({ timeout: 120_000 });
  await page.locator('li[data-id="odps-jupyter-inspector"]').click();
  const panel = page.locator('#odps-jupyter-inspector');
  await expect(panel).toBeVisible();
  return panel;
}

function cell(page: Page, index: number): Locator {
  return page.locator('.jp-NotebookPanel:visible .jp-CodeCell').nth(index);
}

async function edit(page: Page, index: number, source: string): Promise<void> {
  await cell(page, index).locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(source);
}

test('shows the split before anything has run, and follows edits', async ({ page, lab }) => {
  const panel = await open(page, lab, 'split.ipynb', PROGRAM);
  const cells = panel.locator('.jp-odps-cell');
  const handle = cells.nth(1).locator('.jp-odps-piece');

  await test.step('the handed-over function is on the executor, with its reason and needs', async () => {
    await expect(cells).toHaveCount(PROGRAM.length);
    await expect(handle).toContainText('handle');
    await expect(handle.locator('.jp-odps-badge')).toHaveText('executor');
    await expect(handle.locator('.jp-odps-reason')).toContainText('handed over by df.sepal_length.map');
    const needs = panel.locator('.jp-odps-needs tr');
    await expect(needs.filter({ hasText: 'import' })).toContainText('numpy');
    await expect(needs.filter({ hasText: 'capture' })).toContainText('coeffs');
  });

  await test.step('the other cells are local', async () => {
    for (const index of [0, 2, 3]) {
      await expect(cells.nth(index).locator('.jp-odps-cell-head > .jp-odps-badge')).toHaveText('local');
      await expect(cells.nth(index).locator('.jp-odps-piece')).toHaveCount(0);
    }
  });

  await test.step('the editor marks the same lines and no others', async () => {
    await expect(cell(page, 1).locator('.jp-odps-line')).toHaveCount(3);
    await expect(page.locator('.jp-NotebookPanel:visible .jp-odps-line')).toHaveCount(3);
    await expect(cell(page, 1).locator('.jp-odps-line').first()).toHaveAttribute('title', /handle: executor/);
  });

  await test.step('an edit moves the function', async () => {
    await edit(page, 2, 'val = handle(1.0)');
    await expect(handle.locator('.jp-odps-badge')).toHaveText('local');
    await expect(panel.locator('.jp-odps-card')).toHaveCount(0);
  });

  await test.step('a syntax error is shown as such, and the other cells still', async () => {
    await edit(page, 2, 'val = df.sepal_length.map(');
    await expect(cells.nth(2)).toContainText('syntax error');
    await expect(cells).toHaveCount(PROGRAM.length);
  });

  await test.step('and back', async () => {
    await edit(page, 2, 'val = df.sepal_length.map(handle)');
    await expect(handle.locator('.jp-odps-badge')).toHaveText('executor');
    await expect(cell(page, 1).locator('.jp-odps-line')).toHaveCount(3);
  });

  await expect(page.locator('.jp-InputPrompt').filter({ hasText: /\[\d+\]/ })).toHaveCount(0);
});

/** One hint about `np`, in the second cell. */
const PROBLEM = [
  "import numpy as np\ndf = o.get_table('pyodps_iris').to_df()",
  'def handle(v):\n    return float(np.cosh(v))',
  'val = df.sepal_length.map(handle)\nval.execute()'
];

test('says what will go wrong, shows what its fix changes, and mends it', async ({ page, lab }) => {
  const panel = await open(page, lab, 'problems.ipynb', PROBLEM);
  const problem = panel.locator('.jp-odps-problem');
  const source = cell(page, 1).locator('.cm-content');

  await test.step('in the panel and under the text', async () => {
    await expect(problem).toHaveCount(1);
    await expect(problem).toContainText('module-imported-outside');
    await expect(cell(page, 1).locator('.jp-odps-underline')).toHaveText('np');
    await expect(panel).toContainText('Predicted: ok on pandas, ok on MaxCompute.');
  });

  await test.step('by the keyboard, the fix is seen before it is made', async () => {
    const fix = problem.getByRole('button', { name: 'Import np in the body' });
    await fix.focus();
    await page.keyboard.press('Enter');
    await expect(fix).toHaveAttribute('aria-expanded', 'true');
    const preview = problem.getByRole('group', { name: 'Preview: Import np in the body' });
    await expect(preview.locator('.jp-odps-diff-added')).toContainText('import numpy as np');
    await expect(source).not.toContainText('import');
    await preview.getByRole('button', { name: 'Apply' }).focus();
    await page.keyboard.press('Enter');
    await expect(source).toContainText('import numpy as np');
    await expect(problem).toHaveCount(0);
    await expect(page.locator('.jp-odps-underline')).toHaveCount(0);
    await expect(panel.getByText('Changed. Undo in the cell takes it back.')).toBeVisible();
  });

  await test.step('one step undoes it', async () => {
    await source.click();
    await page.keyboard.press('ControlOrMeta+z');
    await expect(source).toHaveText('def handle(v):    return float(np.cosh(v))');
    await expect(problem).toHaveCount(1);
  });

  await test.step('all safe fixes at once, undone in one step too', async () => {
    await panel.getByRole('button', { name: 'Fix all safe (1)' }).click();
    await panel.getByRole('group', { name: 'Preview: All safe fixes' }).getByRole('button').click();
    await expect(problem).toHaveCount(0);
    await source.click();
    await page.keyboard.press('ControlOrMeta+z');
    await expect(source).toHaveText('def handle(v):    return float(np.cosh(v))');
    await expect(problem).toHaveCount(1);
  });

  await test.step('the rule explains itself', async () => {
    await problem.getByRole('button', { name: 'module-imported-outside' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('module-imported-outside (ODP');
    await expect(dialog.locator('pre').first()).toBeVisible();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(dialog).toHaveCount(0);
  });

  await test.step('a severity can be left out', async () => {
    await panel.getByRole('button', { name: 'hint 1', exact: true }).click();
    await expect(problem).toHaveCount(0);
    await expect(panel).toContainText('1 problem is filtered out.');
    await panel.getByRole('button', { name: 'hint 1', exact: true }).click();
    await expect(problem).toHaveCount(1);
  });
});

test('shows over the text what is wrong, and silences it there', async ({ page, lab }) => {
  const panel = await open(page, lab, 'hover.ipynb', PROBLEM);
  const underline = cell(page, 1).locator('.jp-odps-underline');
  await expect(underline).toHaveText('np');
  await underline.hover();
  const tooltip = page.locator('.jp-odps-tooltip');
  await expect(tooltip).toContainText('module-imported-outside');
  await expect(tooltip.locator('.jp-odps-diff-added')).toContainText('import numpy as np');
  await tooltip.getByRole('button', { name: 'Ignore this here' }).click();
  await expect(cell(page, 1).locator('.cm-content')).toContainText('# odps: ignore[module-imported-outside]');
  await expect(underline).toHaveCount(0);
  await expect(panel.locator('.jp-odps-problem')).toHaveCount(0);
});

test('goes to the code that is clicked', async ({ page, lab }) => {
  const filler = Array.from({ length: 40 }, (_, index) => `filler_${index} = ${index}\n\n\n`);
  const panel = await open(page, lab, 'far.ipynb', [...PROGRAM.slice(0, 1), ...filler, ...PROGRAM.slice(1)]);
  await panel.locator('.jp-odps-card .jp-odps-link').first().click();
  const line = page.locator('.jp-Notebook-cell.jp-mod-active .cm-line').filter({ hasText: 'def handle' });
  await expect(line).toBeInViewport();
  await expect(page.locator('.jp-Notebook-cell.jp-mod-active .cm-content')).toBeFocused();
});

test('follows the active notebook', async ({ page, lab }) => {
  await lab.write('other.ipynb', ['alone = 1']);
  const panel = await open(page, lab, 'first.ipynb', PROGRAM);
  await expect(panel.locator('.jp-odps-cell')).toHaveCount(PROGRAM.length);
  await page.getByRole('listitem').filter({ hasText: 'other.ipynb' }).dblclick();
  await expect(panel.locator('.jp-odps-title')).toHaveText('other.ipynb');
  await expect(panel.locator('.jp-odps-cell')).toHaveCount(1);
  await expect(panel).toContainText('Nothing is handed to the executor');
  await page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab').filter({ hasText: 'first.ipynb' }).click();
  await expect(panel.locator('.jp-odps-cell')).toHaveCount(PROGRAM.length);
});
