import type { Locator } from '@playwright/test';

import { expect, test } from './lab';

/** Where the first character of a line is drawn, and how high the line is. */
async function layout(line: Locator): Promise<readonly number[]> {
  return line.evaluate(element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { left } = range.getBoundingClientRect();
    return [left, element.getBoundingClientRect().height];
  });
}

test('tells in the editor what is known, by mouse and by keyboard, and moves nothing', async ({
  page,
  lab
}) => {
  await lab.write('editor.ipynb', [
    "import numpy as np\ndf = o.get_table('pyodps_iris').to_df()\ncoeffs = [0.1, 0.2]",
    'def handle(v):\n    return float(np.cosh(v)) * sum(coeffs)',
    'val = df.sepal_length.map(handle).sum().execute()',
    'def plain(v):\n    return float(np.cosh(v)) * sum(coeffs)'
  ]);
  await page.goto(lab.notebook('editor.ipynb'));
  const cell = (index: number): Locator =>
    page.locator('.jp-NotebookPanel:visible .jp-CodeCell').nth(index).locator('.cm-content');
  const tooltip = page.locator('.jp-odps-tooltip');

  await test.step('marks stand where there is something to tell, and nowhere else', async () => {
    await expect(cell(1).locator('.jp-odps-line')).toHaveCount(2, { timeout: 120_000 });
    await expect(cell(1).locator('.jp-odps-captured')).toHaveText('coeffs');
    for (const index of [0, 2, 3]) {
      await expect(cell(index).locator('[class*="jp-odps"]')).toHaveCount(0);
    }
  });

  await test.step('the text is where it would be without them', async () => {
    for (const line of [0, 1]) {
      const marked = await layout(cell(1).locator('.cm-line').nth(line));
      expect(marked).toEqual(await layout(cell(3).locator('.cm-line').nth(line)));
    }
  });

  await test.step('a captured name says where it was set and what would travel', async () => {
    await cell(1).locator('.jp-odps-captured').hover();
    await expect(tooltip).toContainText('captured by handle');
    await expect(tooltip).toContainText('Travels to the executor by value');
    await tooltip.getByRole('button', { name: 'cell 1, line 3' }).click();
    await expect(cell(0)).toBeFocused();
  });

  await test.step('the keyboard shows the same, with the focus in it', async () => {
    await cell(1).click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.press('Alt+Shift+O');
    await page.keyboard.press('l');
    const dialog = page.getByRole('dialog', { name: 'ODPS: what is known of this line' });
    await expect(dialog).toBeFocused();
    await expect(dialog).toContainText('handed over by df.sepal_length.map');
    await expect(dialog).toContainText('module-imported-outside');
    await expect(dialog).toContainText('captured by handle');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(cell(1)).toBeFocused();
  });

  await test.step('and mends what is wrong', async () => {
    await page.keyboard.press('Alt+Shift+O');
    await page.keyboard.press('l');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const fix = page.getByRole('button', { name: 'Import np in the body' });
    await expect(fix).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(cell(1)).toContainText('import numpy as np');
    await expect(tooltip).toHaveCount(0);
  });
});
