import { expect, test } from './lab';

test('works in Notebook 7: the split, the toggle and a fix, with nothing that only JupyterLab has', async ({
  page,
  lab
}) => {
  await lab.write('seven.ipynb', [
    '%load_ext odps_jupyter\n%odps connect embedded',
    "import numpy as np\ndf = o.get_table('pyodps_iris').to_df()",
    'def handle(v):\n    return float(np.cosh(v))',
    'df.sepal_length.map(handle).sum().execute()'
  ]);
  await page.goto(`${lab.url}/notebooks/seven.ipynb?token=${lab.token}`);
  await expect(page.locator('.jp-odps-line').first()).toBeVisible({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');

  await test.step('the panel is in the right area', async () => {
    await page.getByRole('menuitem', { name: 'View' }).click();
    await page.getByText('Activate Command Palette').click();
    await page.getByPlaceholder('SEARCH').fill('Open ODPS inspector');
    await page.keyboard.press('Enter');
    await expect(panel).toBeVisible();
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(1);
  });

  for (const width of [1280, 1440]) {
    await test.step(`all of it is in a window of ${width} pixels`, async () => {
      await page.setViewportSize({ width, height: 800 });
      const edge = async (within: typeof panel): Promise<number> => {
        const box = await within.boundingBox();
        return box ? box.x + box.width : Infinity;
      };
      await expect.poll(() => edge(panel)).toBeLessThanOrEqual(width);
      expect(await panel.evaluate(node => node.scrollWidth - node.clientWidth)).toBe(0);
      for (const control of await panel.locator('button:visible, select:visible, svg:visible').all()) {
        expect(await edge(control)).toBeLessThanOrEqual(width);
      }
      await panel.getByRole('button', { name: 'Analyse the notebook again' }).click();
      await expect(page.locator('.jp-CodeCell .cm-content').first()).toBeInViewport();
    });
  }

  await test.step('a cell enables it, the toggle moves', async () => {
    await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
    await page.locator('.jp-CodeCell').first().locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+Enter');
    const toggle = page.locator('.jp-NotebookPanel-toolbar .jp-odps-toggle');
    await expect(toggle.getByRole('radio', { checked: true })).toHaveText('MaxCompute');
    await toggle.getByRole('radio', { name: 'pandas' }).click();
    await expect(panel.getByRole('radio', { checked: true })).toHaveText('pandas');
  });

  await test.step('the keys work, and a fix is undone in one step', async () => {
    const source = page.locator('.jp-CodeCell').nth(2).locator('.cm-content');
    await source.click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Alt+Shift+O');
    await page.keyboard.press('f');
    await expect(source).toContainText('import numpy as np');
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(0);
    await source.click();
    await page.keyboard.press('ControlOrMeta+z');
    await expect(source).not.toContainText('import');
  });
});
