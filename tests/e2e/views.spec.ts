import { expect, test } from './lab';

const CELLS = [
  "import numpy as np\ndf = o.get_table('pyodps_iris').to_df()\nlimit = 7",
  'def handle(v):\n    return float(np.cosh(v)) + limit',
  'val = df.sepal_length.map(handle).sum()'
];

test('follows a notebook through views, names and kernels that end by themselves', async ({ page, lab }) => {
  await lab.write('views.ipynb', CELLS);
  await page.goto(lab.notebook('views.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  const views = page.locator('.jp-NotebookPanel:visible');
  const tab = (name: string): ReturnType<typeof page.locator> =>
    page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab').filter({ hasText: name });
  const replace = async (source: string): Promise<void> => {
    await views.locator('.cm-content').nth(2).click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(source);
  };
  const run = async (source: string): Promise<void> => {
    await replace(source);
    await page.keyboard.press('ControlOrMeta+Enter');
  };
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

  await test.step('a tooltip leads to the place in its own view', async () => {
    for (const [index, view] of (await views.all()).entries()) {
      await view.locator('.jp-odps-captured').first().hover();
      await page.locator('.jp-odps-tooltip').getByRole('button', { name: 'cell 1, line 3' }).click();
      await expect(view.locator('.jp-CodeCell').first()).toHaveClass(/jp-mod-active/);
      await expect(view.locator('.jp-CodeCell').first().locator('.cm-content')).toBeFocused();
      // The other one is where it was.
      const other = views.nth(1 - index).locator('.jp-CodeCell');
      await expect(other.nth(index === 0 ? 1 : 0)).toHaveClass(/jp-mod-active/);
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
    await replace('val = 1');
    await expect(shipped).toHaveCount(0);
    await page.keyboard.press('ControlOrMeta+z');
    await expect(shipped).toHaveCount(1);
  });

  const past = panel.locator('.jp-odps-run');

  await test.step('a kernel that ends by itself takes with it what it said; what ran is kept under the new name', async () => {
    await panel.getByRole('button', { name: 'Enable here' }).click();
    await expect(panel.getByRole('radio', { checked: true })).toHaveText('MaxCompute');
    await run('%%odps --backend pandas\n1 + 1');
    await expect(past).toHaveCount(1);
    await run('%%odps --backend pandas\nimport os\nos._exit(3)');
    await page.getByRole('dialog').getByRole('button', { name: 'Ok' }).click();
    await expect(panel).toContainText('ODPS is not enabled in this kernel');
    await expect(panel.getByRole('radio', { name: 'pandas' })).toBeDisabled();
    await expect(past).toHaveCount(0);
    // Its successor is told the first name when it starts.
    await panel.getByRole('button', { name: 'Enable here' }).click();
    await expect(panel.getByRole('radio', { checked: true })).toHaveText('MaxCompute');
    await expect(past).toHaveCount(1);
  });

  await test.step('one that stays dead is none, and the next one can be enabled', async () => {
    await run('import os, signal\nos.kill(os.getpid(), signal.SIGKILL)');
    await expect(panel).toContainText('no kernel');
    // What is written in the notebook is inspected all the same.
    await expect(shipped).toHaveCount(0);
    await replace(CELLS[2] ?? '');
    await expect(shipped).toHaveCount(1);
    await page.locator('.jp-KernelName').filter({ hasText: 'No Kernel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Select Kernel' }).click();
    await expect(panel).toContainText('ODPS is not enabled in this kernel');
    await panel.getByRole('button', { name: 'Enable here' }).click();
    await expect(past).toHaveCount(1);
  });

  await test.step('one that is saved as another goes on from its history', async () => {
    await views.locator('.jp-CodeCell').first().locator('.jp-InputPrompt').click();
    await page.keyboard.press('ControlOrMeta+Shift+s');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('copied.ipynb');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    // The first one has changed since it was saved.
    await page
      .getByRole('dialog', { name: 'Save your work' })
      .getByRole('button', { name: 'Save', exact: true })
      .click();
    await expect(panel.locator('.jp-odps-title')).toHaveText('copied.ipynb');
    await expect(panel).toContainText('ODPS is not enabled in this kernel');
    await panel.getByRole('button', { name: 'Enable here' }).click();
    await expect(past).toHaveCount(1);
  });

  await test.step('a notebook that was never saved is inspected while it is written', async () => {
    await page.locator('.lm-TabBar-addButton[title="New Launcher"]').click();
    await page.locator('.jp-LauncherCard[data-category="Notebook"]:visible').first().click();
    await expect(panel.locator('.jp-odps-title')).toHaveText('Untitled.ipynb');
    await views.last().locator('.cm-content').click();
    await page.keyboard.insertText(CELLS.join('\n'));
    await expect(shipped).toHaveCount(1);
    await expect(views.last().locator('.jp-odps-line')).toHaveCount(2);
    await page.keyboard.insertText('\nval = df.sepal_width.map(lambda v: -v)');
    await expect(views.last().locator('.jp-odps-line')).toHaveCount(3);
  });
});
