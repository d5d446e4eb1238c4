import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';

import type { Lab } from './lab';
import { expect, test } from './lab';
import { cells } from './notebooks';

const ANALYZE = '**/odps-jupyter/analyze*';

async function open(page: Page, lab: Lab, name: string): Promise<Locator> {
  await page.goto(lab.notebook(name));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  return page.locator('#odps-jupyter-inspector');
}

/** What axe finds within parts of the page, in words; parts that are not there are an error. */
async function barriers(page: Page, ...parts: readonly string[]): Promise<string[]> {
  let axe = new AxeBuilder({ page });
  for (const part of parts) {
    await expect(page.locator(part).first()).toBeVisible();
    axe = axe.include(part);
  }
  const { violations } = await axe.analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('\n')}`
  );
}

for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
  test(`can be used by all, and asks nobody but its server: ${theme}`, async ({ page, lab }) => {
    const asked = new Set<string>();
    page.on('request', request => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') || protocol.startsWith('ws')) {
        asked.add(origin);
      }
    });
    await lab.set('@jupyterlab/apputils-extension:themes', { theme });
    // Of another name for each theme: a notebook keeps its kernel.
    const name = `axe-${theme.split(' ')[1]}.ipynb`;
    const enable = '%load_ext odps_jupyter\n%odps connect embedded';
    await lab.write(name, [enable, 'import numpy as np', ...cells(9), 'broken (']);
    const panel = await open(page, lab, name);
    const source = page.locator('.jp-NotebookPanel:visible .jp-CodeCell').nth(3).locator('.cm-content');
    await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
    await expect(panel.locator('.jp-odps-problem').first()).toBeVisible();
    await panel.getByText('As a list, with the reasons').click();
    await panel.getByRole('button', { name: 'Import np in the body' }).first().click();
    await expect(page.locator('body')).toHaveAttribute('data-jp-theme-name', theme);
    expect(await barriers(page, '#odps-jupyter-inspector')).toEqual([]);

    await test.step('around the panel: the toggle, the status bar', async () => {
      await page.locator('.jp-NotebookPanel:visible .jp-CodeCell').first().locator('.cm-content').click();
      await page.keyboard.press('ControlOrMeta+Enter');
      await expect(page.locator('.jp-odps-toolbar [role=radio]')).toHaveCount(2);
      expect(await barriers(page, '.jp-odps-toolbar', '.jp-odps-status', '.jp-odps-picture')).toEqual([]);
    });

    await test.step('what the mouse shows over a problem, with its fix', async () => {
      await source.locator('.jp-odps-underline').hover();
      await expect(page.locator('.jp-odps-tooltip .jp-odps-diff')).toBeVisible();
      expect(await barriers(page, '.jp-odps-tooltip')).toEqual([]);
    });

    await test.step('what the keyboard shows of a line', async () => {
      await source.click();
      await page.keyboard.press('ControlOrMeta+End');
      await page.keyboard.press('Alt+Shift+O');
      await page.keyboard.press('l');
      expect(await barriers(page, '.jp-odps-pinned')).toEqual([]);
      await page.keyboard.press('Escape');
    });

    await test.step('the page of a rule, and its dialog', async () => {
      await panel.getByRole('button', { name: 'module-imported-outside' }).click();
      expect(await barriers(page, '.jp-odps-rule', '.jp-Dialog-content')).toEqual([]);
      await page.keyboard.press('Escape');
    });
    expect(Array.from(asked)).toEqual([lab.url]);
  });
}

test('says what it cannot do, and leaves the notebook alone', async ({ page, lab }) => {
  await lab.write('bad.ipynb', cells(3));
  const cell = page.locator('.jp-NotebookPanel:visible .jp-CodeCell');
  let answer: 'missing' | 'slow' | 'nonsense' | 'later' | 'real' = 'missing';
  let release = (): void => undefined;
  await page.route(ANALYZE, async route => {
    switch (answer) {
      case 'missing':
        await route.fulfill({ status: 404, json: { message: 'Not Found' } });
        return;
      case 'nonsense':
        await route.fulfill({ json: { version: 1, cells: 'none', placement: [{}] } });
        return;
      case 'later':
        await route.fulfill({ json: { version: 2 } });
        return;
      case 'slow':
        await new Promise<void>(resolve => {
          release = resolve;
        });
        await route.continue().catch(() => undefined);
        return;
      case 'real':
        await route.continue();
    }
  });
  const panel = await open(page, lab, 'bad.ipynb');
  const again = panel.getByRole('button', { name: 'Analyse the notebook again' });

  await test.step('a server without the extension', async () => {
    await expect(panel.getByRole('alert')).toContainText('has no odps-jupyter extension', {
      timeout: 120_000
    });
  });

  await test.step('one that says something else', async () => {
    answer = 'nonsense';
    await again.click();
    await expect(panel.getByRole('alert')).toContainText('an answer that this panel cannot read (cells');
    answer = 'later';
    await again.click();
    await expect(panel.getByRole('alert')).toContainText('version 2 instead of 1');
  });

  await test.step('a slow one; a cell that is deleted meanwhile is not spoken of', async () => {
    answer = 'slow';
    await again.click();
    await expect(panel).toContainText('taking its time');
    answer = 'real';
    await cell.nth(1).locator('.jp-InputPrompt').click();
    await page.keyboard.press('d');
    await page.keyboard.press('d');
    await expect(cell).toHaveCount(2);
    await expect(panel).toContainText('taking its time');
    release();
    await expect(panel.locator('.jp-odps-svg')).toBeVisible();
    await expect(panel.locator('.jp-odps-svg')).not.toContainText('f1');
    await expect(panel).not.toContainText('taking its time');
    await expect(panel.getByRole('alert')).toHaveCount(0);
  });
});
