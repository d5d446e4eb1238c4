import { readFile } from 'node:fs/promises';

import { expect, test } from './lab';

test('draws where code runs, by mouse and by keyboard, and saves it as a file', async ({ page, lab }) => {
  await lab.write('picture.ipynb', [
    "import numpy as np\ndf = o.get_table('pyodps_iris').to_df()\ncoeffs = [0.1, 0.2]",
    'def handle(v):\n    import numpy as np\n    return float(np.cosh(v)) * sum(coeffs)',
    'class Report:\n    def show(self):\n        print(val)',
    'val = df.sepal_length.map(handle).sum().execute()'
  ]);
  await page.goto(lab.notebook('picture.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  const picture = panel.getByRole('group', { name: 'Where code runs: a picture' });
  const active = page.locator('.jp-Notebook-cell.jp-mod-active .cm-content');

  await test.step('the pieces are on their sides', async () => {
    const labels = [
      /^cell 1 df, coeffs, kernel$/,
      /^cell 3, kernel$/,
      /^Report, class, kernel/,
      /^cell 4 val, kernel$/,
      /^hands over handle by map in cell 4$/,
      /^handle on the executor, predicted/
    ];
    await expect(picture.getByRole('button')).toHaveCount(labels.length);
    for (const [at, name] of labels.entries()) {
      await expect(picture.getByRole('button').nth(at)).toHaveAccessibleName(name);
    }
    await expect(picture.locator('.jp-odps-arrow-predicted')).toHaveCount(3);
  });

  await test.step('a click goes to the code', async () => {
    await picture.getByRole('button', { name: /^handle on the executor/ }).click();
    await expect(active).toBeFocused();
    await expect(active).toContainText('def handle');
  });

  await test.step('so does the keyboard, with one stop for the whole picture', async () => {
    const first = picture.getByRole('button', { name: /^cell 1/ });
    await picture.getByRole('button', { name: /^handle on/ }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Home');
    await expect(first).toBeFocused();
    await expect(picture.locator('[tabindex="0"]')).toHaveCount(1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(active).toBeFocused();
    await expect(active).toContainText('class Report');
  });

  await test.step('the file stands alone', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('button', { name: 'Save as SVG' }).click()
    ]);
    expect(download.suggestedFilename()).toBe('picture-where-code-runs.svg');
    const svg = await readFile(await download.path(), 'utf8');
    expect(svg).toContain('>handle<');
    expect(svg).not.toMatch(/var\(|color\(|color-mix|class=|role=|tabindex|href=|url\((?!"?#)/);
    await page.setContent(svg);
    await expect(page.locator('svg text').first()).toBeVisible();
  });
});
