import { join } from 'node:path';

import type { Locator, Page } from '@playwright/test';

import { expect, test } from './lab';

/** Where pictures are left to be looked at; none are taken if it is not set. */
const FOLDER = process.env.ODPS_JUPYTER_SCREENSHOTS;

const CELLS = [
  '%load_ext odps_jupyter\n%odps connect embedded',
  "df = o.get_table('pyodps_iris').to_df()\ncoeffs = [0.1, 0.2, 0.4]",
  'def handle(v):\n    import math\n    return math.cosh(v) * sum(coeffs)',
  'df.sepal_length.map(handle).sum().execute()',
  'def where(v):\n    import os\n    return os.getpid()\ndf[df.name, df.sepal_length.map(where, "int").rename("where")].head(3)',
  '%%odps --no-preflight\ndef forever(v):\n    import signal\n    signal.pause()\ndf.sepal_length.map(forever).sum().execute()'
];

function notebook(page: Page): Locator {
  return page.locator('.jp-NotebookPanel:visible');
}

async function select(page: Page, index: number): Promise<Locator> {
  const cell = notebook(page).locator('.jp-CodeCell').nth(index);
  await cell.locator('.cm-content').click();
  await page.keyboard.press('Escape');
  return cell;
}

async function picture(panel: Locator, name: string): Promise<void> {
  if (FOLDER) {
    await panel.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
  }
}

test('opens up what was sent, runs a cell for once elsewhere, and follows what is under way', async ({
  page,
  lab
}) => {
  await lab.write('runs.ipynb', CELLS);
  await page.goto(lab.notebook('runs.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  const card = panel.locator('.jp-odps-card').filter({ hasText: 'handle' });
  const runs = panel.locator('.jp-odps-run');
  const chord = async (key: string): Promise<void> => {
    await page.keyboard.press('Alt+Shift+O');
    await page.keyboard.press(key);
  };
  const execute = async (index: number, count: number): Promise<void> => {
    const cell = await select(page, index);
    await page.keyboard.press('ControlOrMeta+Enter');
    await expect(cell.locator('.jp-InputPrompt')).toHaveText(`[${count}]:`);
  };

  await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
  await expect(card).toContainText('not sent yet');
  await expect(page.locator('.jp-odps-status')).toHaveText('ODPS: not enabled');
  for (const index of [0, 1, 2, 3]) {
    await execute(index, index + 1);
  }

  await test.step('a shipped function is opened up', async () => {
    await expect(card).toContainText('sent to project');
    await expect(card.locator('tr').filter({ hasText: 'coeffs' })).toContainText('by value, set in cell 2');
    await expect(card.locator('tr').filter({ hasText: 'math' })).toContainText('there: Python');
    for (const [name, text] of [
      ['SQL', 'pyodps_udf_'],
      ['UDF', 'class PyOdpsFunc'],
      ['As the executor sees it', 'coeffs = [0.1, 0.2, 0.4]']
    ] as const) {
      await card.getByRole('button', { name }).click();
      await expect(card.locator('.jp-odps-listing')).toContainText(text);
    }
    await picture(card, 'shipped');
  });

  await test.step('the command explains the same over the notebook', async () => {
    await select(page, 3);
    await chord('e');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('coeffs = [0.1, 0.2, 0.4]');
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  await test.step('a value that changes is marked as stale', async () => {
    const cell = await select(page, 1);
    await cell.locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.insertText('\ncoeffs.append(9)');
    await execute(1, 5);
    await expect(card.locator('.jp-odps-stale')).toContainText('changed since it was sent');
  });

  await test.step('so is a function that is edited, and it counts as sent no more when it has run so', async () => {
    const drawn = panel.locator('.jp-odps-target[aria-label^="handle on the executor"]');
    await expect(drawn).toHaveAttribute('aria-label', /^handle on the executor, verified/);
    const cell = await select(page, 2);
    await cell.locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.insertText(' + 1');
    await expect(card).toContainText('its code has changed since it was sent');
    await picture(card, 'stale');
    await expect(drawn).toHaveAttribute('aria-label', /^handle on the executor, predicted/);
    // The analysis that has heard of the run: until then the cell counts as edited since it ran.
    const takenUp = page.waitForResponse(answer => {
      const asked = answer.url().includes('/odps-jupyter/analyze') ? answer.request().postData() : null;
      return asked !== null && (JSON.parse(asked) as { edited: string[] }).edited.length === 0;
    });
    await execute(2, 6);
    await (await takenUp).finished();
    await expect(drawn).toHaveAttribute('aria-label', /^handle on the executor, predicted/);
  });

  await test.step('for once on pandas; the toggle stays', async () => {
    const cell = await select(page, 3);
    await chord('p');
    await expect(cell.locator('.jp-InputPrompt')).toHaveText('[7]:');
    await expect(cell.locator('.jp-OutputArea')).toContainText('pandas, ');
    await expect(runs).toHaveCount(2);
    await expect(runs.first()).toContainText('pandas');
    await expect(panel.getByRole('radio', { checked: true })).toHaveText('MaxCompute');
    await expect(page.locator('.jp-odps-status')).toContainText('ODPS: MaxCompute');
  });

  await test.step('both sides are compared, and what differs is marked', async () => {
    const cell = await select(page, 4);
    await chord('c');
    await expect(cell.locator('.jp-InputPrompt')).toHaveText('[8]:');
    await expect(runs).toHaveCount(3);
    await expect(runs.first()).toContainText('1 of 1 differ');
    await runs.first().locator('summary').click();
    await expect(runs.first().locator('.jp-odps-differs').first()).toContainText('≠');
    await picture(runs.first(), 'compared');
  });

  await test.step('stages are shown while the kernel is busy, also to a page that was reloaded', async () => {
    const cell = await select(page, 5);
    await page.keyboard.press('ControlOrMeta+Enter');
    const live = panel.locator('.jp-odps-live');
    await expect(live).toContainText('forever');
    await expect(live.getByRole('progressbar')).toBeVisible();
    await expect(live).toContainText('workers');
    await picture(live, 'live');
    await live.getByRole('button', { name: 'Stop' }).click();
    await expect(live).toHaveCount(0);
    await expect(runs.first()).toContainText('stopped');
    await expect(panel.locator('[data-box="result"]')).toContainText(/result of run \d+.*stopped, /);
    await expect(
      panel.locator('.jp-odps-target[aria-label^="forever on the executor, not finished"]')
    ).toHaveCount(1);
    await expect(cell.locator('.jp-InputPrompt')).toHaveText('[9]:');
    await select(page, 5);
    await page.keyboard.press('ControlOrMeta+Enter');
    await expect(live).toContainText('workers');
    await expect(cell.locator('.jp-InputPrompt')).toHaveText('[*]:');
    await page.keyboard.press('ControlOrMeta+s');
    await page.reload();
    await expect(live).toContainText('forever', { timeout: 120_000 });
    await live.getByRole('button', { name: 'Stop' }).click();
    await expect(live).toHaveCount(0);
    await expect(runs.first()).toContainText('stopped');
    await expect(runs).toHaveCount(5);
  });

  await test.step('a restarted kernel still has the history', async () => {
    await page.getByRole('button', { name: 'Restart the kernel', exact: true }).click();
    await page.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
    await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
    await panel.getByRole('button', { name: 'Enable here' }).click();
    await expect(runs).toHaveCount(5);
    await runs.first().locator('summary').click();
    await expect(runs.first()).toContainText('In an earlier kernel.');
    await picture(runs.first(), 'history');
  });
});
