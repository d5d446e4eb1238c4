import { expect, test } from './lab';

const CELLS = [
  "import numpy as np\ndf = o.get_table('pyodps_iris').to_df()",
  'def handle(v):\n    return float(np.cosh(v))',
  'val = df.sepal_length.map(handle).sum()'
];

test('follows a notebook through views and names', async ({ page, lab }) => {
  await lab.write('views.ipynb', CELLS);
  await page.goto(lab.notebook('views.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  const views = page.locator('.jp-NotebookPanel:visible');
  const tab = (name: string): ReturnType<typeof page.locator> =>
    page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab').filter({ hasText: name });
  const shipped = panel.locator('.jp-odps-card').filter({ hasText: 'handle' });
  await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });

  await test.step('two views show the same, and one step fixes both and is undone in both', async () => {
    await tab('views.ipynb').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'New View for Notebook' }).click();
    await expect(views).toHaveCount(2);
    for (const view of await views.all()) {
      await expect(view.locator('.jp-odps-underline')).toHaveText('np');
    }
    await panel.getByRole('button', { name: 'Import np in the body' }).click();
    await panel
      .getByRole('group', { name: 'Preview: Import np in the body' })
      .getByRole('button', { name: 'Apply' })
      .click();
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(0);
    for (const view of await views.all()) {
      await expect(view.locator('.jp-odps-line')).toHaveCount(3);
      await expect(view.locator('.jp-odps-underline')).toHaveCount(0);
    }
    await views.nth(1).locator('.jp-CodeCell').nth(1).locator('.cm-content').click();
    await page.keyboard.press('ControlOrMeta+z');
    for (const view of await views.all()) {
      await expect(view.locator('.jp-odps-underline')).toHaveText('np');
    }
  });

  await test.step('what one view shows outlives the other', async () => {
    await tab('views.ipynb').last().locator('.lm-TabBar-tabCloseIcon').click();
    await expect(views).toHaveCount(1);
    await views.locator('.jp-odps-underline').hover();
    await page.locator('.jp-odps-tooltip').getByRole('button', { name: 'Ignore this here' }).click();
    await expect(views.locator('.cm-content').nth(1)).toContainText(
      '# odps: ignore[module-imported-outside]'
    );
    await expect(panel.locator('.jp-odps-problem')).toHaveCount(0);
  });

  await test.step('a renamed notebook is still the same', async () => {
    await tab('views.ipynb').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Rename Notebook…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('renamed.ipynb');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await expect(panel.locator('.jp-odps-title')).toHaveText('renamed.ipynb');
    await views.locator('.cm-content').nth(2).click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText('val = 1');
    await expect(shipped).toHaveCount(0);
    await page.keyboard.press('ControlOrMeta+z');
    await expect(shipped).toHaveCount(1);
  });
});
