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
    await lab.write('axe.ipynb', ['import numpy as np', ...cells(9), 'broken (']);
    const panel = await open(page, lab, 'axe.ipynb');
    await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
    await expect(panel.locator('.jp-odps-problem').first()).toBeVisible();
    await panel.getByText('As a list, with the reasons').click();
    await panel.getByRole('button', { name: 'Import np in the body' }).first().click();
    await expect(page.locator('body')).toHaveAttribute('data-jp-theme-name', theme);
    const { violations } = await new AxeBuilder({ page }).include('#odps-jupyter-inspector').analyze();
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('\n')}`
      )
    ).toEqual([]);
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
