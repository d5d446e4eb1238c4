import type { Locator, Page } from '@playwright/test';

import { expect, test } from './lab';

/** Replace the only cell's source and run it. */
async function run(page: Page, source: string): Promise<void> {
  await page.locator('.jp-NotebookPanel:visible .jp-CodeCell').first().locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(source);
  await page.keyboard.press('ControlOrMeta+Enter');
}

function chosen(panel: Locator): Locator {
  return panel.getByRole('radio', { checked: true });
}

test('takes a kernel through its life: enable, toggle, busy, reload, restart', async ({ page, lab }) => {
  await lab.write('life.ipynb', ['1']);
  await page.goto(lab.notebook('life.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');

  await test.step('without the extension the toggle is off and says why', async () => {
    await expect(panel.getByRole('radio', { name: 'pandas' })).toBeDisabled();
    await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
    await expect(page.locator('.jp-NotebookPanel-toolbar .jp-odps-toggle')).toHaveCount(0);
  });

  await test.step('one click enables it', async () => {
    await panel.getByRole('button', { name: 'Enable here' }).click();
    await expect(chosen(panel)).toHaveText('MaxCompute');
    await expect(panel).not.toContainText('ODPS is not enabled');
    await expect(panel.locator('.jp-odps-pill')).not.toBeEmpty();
  });

  await test.step('the panel and the magic move the same toggle', async () => {
    await panel.getByRole('radio', { name: 'pandas' }).click();
    await expect(chosen(panel)).toHaveText('pandas');
    await expect(panel).toContainText('on a sample of 100 rows');
    await expect(
      page.locator('.jp-NotebookPanel-toolbar .jp-odps-toggle').getByRole('radio', { checked: true })
    ).toHaveText('pandas');
    await run(page, '%odps backend maxcompute');
    await expect(chosen(panel)).toHaveText('MaxCompute');
  });

  await test.step('it moves while the kernel is busy', async () => {
    // The cell keeps the kernel busy until it is interrupted below.
    await run(page, 'import threading\nprint("begun")\nthreading.Event().wait()');
    await expect(page.locator('.jp-OutputArea-output').filter({ hasText: 'begun' })).toBeVisible();
    await panel.getByRole('radio', { name: 'pandas' }).click();
    await expect(chosen(panel)).toHaveText('pandas');
    await expect(page.locator('.jp-InputPrompt').first()).toHaveText('[*]:');
    await page.getByRole('button', { name: 'Interrupt the kernel' }).click();
    await expect(
      page.locator('.jp-OutputArea-output').filter({ hasText: 'KeyboardInterrupt' })
    ).toBeVisible();
  });

  await test.step('a reloaded page knows the state', async () => {
    await page.keyboard.press('ControlOrMeta+s');
    await page.reload();
    await expect(chosen(panel)).toHaveText('pandas', { timeout: 120_000 });
  });

  await test.step('a restarted kernel has to be enabled anew', async () => {
    await page.getByRole('button', { name: 'Restart the kernel', exact: true }).click();
    await page.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
    await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
  });
});

test('runs the documented program where the panel says', async ({ page, lab }) => {
  await lab.write('run.ipynb', [
    '%load_ext odps_jupyter\n%odps connect embedded',
    "from odps import ODPS, options\nimport numpy as np\n\ndf = o.get_table('pyodps_iris').to_df()\ncoeffs = [0.1, 0.2, 0.4]\n\ndef handle(v):\n    import numpy as np\n    return float(np.cosh(v)) * sum(coeffs)",
    "%%odps\noptions.df.supersede_libraries = True\nval = df.sepal_length.map(handle).sum().execute(libraries=['numpy.zip', 'other.zip'])\nprint(round(val, 3))"
  ]);
  await page.goto(lab.notebook('run.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  const cells = page.locator('.jp-NotebookPanel:visible .jp-CodeCell');
  const output = cells.nth(2).locator('.jp-OutputArea');
  const execute = async (index: number): Promise<void> => {
    await cells.nth(index).locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+Enter');
  };

  // The kernel has answered: from here on, what is run runs.
  await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
  await execute(0);
  await expect(panel.locator('.jp-odps-connection')).toHaveText('embedded', { timeout: 120_000 });
  await execute(1);
  await execute(2);
  await expect(panel).toContainText('Run 1 on MaxCompute: done', { timeout: 120_000 });
  await expect(output).toContainText('25864.347');

  await panel.getByRole('radio', { name: 'pandas' }).click();
  await expect(chosen(panel)).toHaveText('pandas');
  await execute(2);
  await expect(panel).toContainText('Run 2 on pandas: done', { timeout: 120_000 });
  await expect(output).not.toContainText('25864.347');
});

test('follows the order of the runs, and takes the kernel at its word', async ({ page, lab }) => {
  await lab.write('order.ipynb', [
    'import pandas as pd\nclass Box:\n    pass\nbox = Box()\nbox.rows = pd.Series([1])',
    'rows = getattr(box, "ro" + "ws")\nlimit = 1',
    'def small(v):\n    return v < limit\nrows.map(small)',
    "df = o.get_table('pyodps_iris').to_df()\nshipped = df.sepal_length.map(lambda v: v < limit)\nshipped.head(1)",
    'limit = 2',
    '%load_ext odps_jupyter\n%odps connect embedded'
  ]);
  await page.goto(lab.notebook('order.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  const cells = page.locator('.jp-NotebookPanel:visible .jp-CodeCell');
  const small = panel.locator('.jp-odps-piece').filter({ hasText: 'small' });
  const capture = panel.locator('.jp-odps-needs tr').filter({ hasText: 'limit' });
  const execute = async (index: number, count: number): Promise<void> => {
    await cells.nth(index).locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+Enter');
    await expect(cells.nth(index).locator('.jp-InputPrompt')).toHaveText(`[${count}]:`, { timeout: 120_000 });
  };

  await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
  await expect(small).toContainText('not known to be PyODPS');
  await expect(capture).toContainText('set in cell 2');

  // Before the extension is there, the runs are those that the notebook has seen.
  await execute(0, 1);
  await execute(1, 2);
  await execute(4, 3);
  // The cell that ships it is still to be run: it would take what ran last.
  await expect(capture).toContainText('set in cell 5');
  await execute(5, 4);
  await expect(small).toContainText('of pandas.Series in cell 3, line 3, which runs here');
  await expect(small).toContainText('known from the kernel');

  await execute(3, 5);
  await expect(capture).toContainText('set in cell 5');
  await execute(1, 6);
  await expect(capture).toContainText('set in cell 5, set again in cell 2 since');

  await cells.nth(4).locator('.cm-content').click();
  await page.keyboard.press('End');
  await page.keyboard.insertText('0');
  await expect(capture).toContainText('set again in cell 5 (not yet run)');
});
