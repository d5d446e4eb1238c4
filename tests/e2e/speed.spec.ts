import type { Page } from '@playwright/test';

import { expect, test } from './lab';
import { cells } from './notebooks';

/*
 * How long the panel and the editor take is printed and never asserted, because machines differ: what is asserted is
 * that it comes.
 */

/** What the page notes by itself, in milliseconds of its own clock. */
interface IWatched {
  key: number;
  panel: number | null;
  editor: number | null;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/naming-convention -- the browser's own name
  interface Window {
    watched: IWatched;
    /** Milliseconds from each key to the frame after it. */
    drawn: number[];
  }
}

// What a trace takes down of the page after each step would be measured as well.
test.use({ trace: 'off' });

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Note from now on the last key, and when the panel and the editor first show that `quite_new` is handed over. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched: IWatched = { key: 0, panel: null, editor: null };
    window.watched = watched;
    const shows = (selector: string, text: string): boolean =>
      Array.from(document.querySelectorAll(selector)).some(found => found.textContent.includes(text));
    window.addEventListener('keydown', () => (watched.key = performance.now()), true);
    new MutationObserver(() => {
      if (watched.panel === null && shows('#odps-jupyter-inspector .jp-odps-summary', '31 pieces')) {
        watched.panel = performance.now();
      }
      if (watched.editor === null && shows('.cm-content .jp-odps-line', 'quite_new')) {
        watched.editor = performance.now();
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

/** Scroll from the first problem to the last, a part of the panel's height each frame; the milliseconds of each. */
async function scrolled(page: Page): Promise<number[]> {
  return page.locator('#odps-jupyter-inspector').evaluate(async panel => {
    panel.querySelector('.jp-odps-problems')?.scrollIntoView();
    const frame = (): Promise<number> => new Promise(resolve => requestAnimationFrame(resolve));
    const times: number[] = [];
    for (let last = await frame(); panel.scrollTop + panel.clientHeight < panel.scrollHeight - 1;) {
      panel.scrollTop += 120;
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b);
  });
}

// One that every JupyterLab knows.
const TRACKER = '@jupyterlab/notebook-extension:tracker';

test.afterEach(async ({ lab }) => {
  await lab.set(TRACKER, {});
});

/** Type 60 letters into the first cell; how long the slowest took to be drawn, in milliseconds. */
async function slowestKey(page: Page): Promise<number> {
  await page.locator('.jp-NotebookPanel:visible .jp-CodeCell .cm-content').first().click();
  await page.evaluate(() => {
    window.drawn = [];
    const note = (event: KeyboardEvent): void => {
      requestAnimationFrame(() => window.drawn.push(performance.now() - event.timeStamp));
    };
    window.addEventListener('keydown', note, true);
  });
  await page.keyboard.type('x'.repeat(60), { delay: 30 });
  await page.waitForFunction(() => window.drawn.length === 60);
  return Math.max(...(await page.evaluate(() => window.drawn)));
}

test('an edit in 300 cells shows, and 2,000 cells leave the keyboard free', async ({ page, lab }) => {
  // So that all cells get their editors some time.
  await lab.set(TRACKER, { windowingMode: 'defer' });
  await lab.write('edited.ipynb', [
    'def quite_new(v):\n    return v + 1',
    "df = o.get_table('pyodps_iris').to_df()",
    ...cells(300)
  ]);
  await page.goto(lab.notebook('edited.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  const panel = page.locator('#odps-jupyter-inspector');
  await expect(panel.locator('.jp-odps-summary').first()).toContainText('30 pieces');

  await test.step('the panel and the editor follow the last key', async () => {
    // Until then JupyterLab takes every idle moment to make the editors of cells that are not in view.
    await page.waitForFunction(
      count => document.querySelectorAll('.jp-NotebookPanel .cm-content').length === count,
      302
    );
    const cell = page.locator('.jp-NotebookPanel:visible .jp-CodeCell').nth(1).locator('.cm-content');
    await cell.click();
    await page.keyboard.press('ControlOrMeta+End');
    await watch(page);
    await page.keyboard.type('\ndf.sepal_length.map(quite_new)');
    await page.waitForFunction(() => window.watched.panel !== null && window.watched.editor !== null);
    const { key, ...shown } = await page.evaluate(() => window.watched);
    for (const [where, at] of Object.entries(shown)) {
      print(`300 cells: an edit shows in the ${where} after ${(Number(at) - key).toFixed(0)} ms`);
    }
  });

  await test.step('typing while 2,000 cells are opened and analysed', async () => {
    // In the first half with two things wrong in each function that is handed over.
    const wrong = cells(1000).map(source => source.replace('np.cosh(v)', 'np.cosh(len(pd.Series([v])))'));
    const right = Array.from({ length: 998 }, (_, index) => `y${index} = ${index}`);
    await lab.write('long.ipynb', ['notes = 1', 'import numpy as np, pandas as pd', ...wrong, ...right]);
    const analyze = '**/odps-jupyter/analyze*';
    for (const how of ['alone', 'analysed'] as const) {
      if (how === 'alone') {
        await page.route(analyze, route => route.fulfill({ status: 404, json: {} }));
      }
      await page.goto(lab.notebook('long.ipynb'));
      const longest = await slowestKey(page);
      print(`2,000 cells ${how}: a key is drawn after at most ${longest.toFixed(0)} ms`);
      await page.unroute(analyze);
    }
  });

  await test.step('scrolling through 200 problems', async () => {
    await page.locator('li[data-id="odps-jupyter-inspector"]').click();
    await expect(panel.getByRole('button', { name: /^Fix all safe/ })).toBeVisible();
    const problems = panel.locator('.jp-odps-problems > li');
    const rows = Number(await problems.first().getAttribute('aria-setsize'));
    const count = Number(await panel.locator('.jp-odps-count').first().textContent());
    const times = await scrolled(page);
    await expect(panel.locator(`.jp-odps-problems > li[aria-posinset="${rows}"]`)).toBeAttached();
    const [middle, late] = [0.5, 0.95].map(part => times[Math.floor(part * times.length)] ?? 0);
    print(
      `${count} problems: ${times.length} frames of ${middle?.toFixed(0)} ms in the middle, ` +
        `${late?.toFixed(0)} ms at the 95th percentile, ${times.at(-1)?.toFixed(0)} ms at most`
    );
    expect(count).toBe(200);
    expect(rows).toBe(300);
  });
});

test('outputs of 50 MB cost it nothing: they are neither sent nor waited for', async ({ page, lab }) => {
  // As libraries for charts leave them: data that nobody shows here, and a few words.
  const chart = {
    output_type: 'display_data',
    metadata: {},
    data: { 'application/vnd.chart+json': { points: '0.123456789 '.repeat(83_334) }, 'text/plain': 'a chart' }
  };
  await lab.write('charts.ipynb', cells(50), { outputs: [chart] });
  const sizes: number[] = [];
  page.on('request', request => {
    if (request.url().includes('/odps-jupyter/')) {
      sizes.push(request.postDataBuffer()?.byteLength ?? 0);
    }
  });
  await page.goto(lab.notebook('charts.ipynb'));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  await expect(page.locator('#odps-jupyter-inspector .jp-odps-card')).toHaveCount(5);
  print(`50 MB of outputs: a key is drawn after at most ${(await slowestKey(page)).toFixed(0)} ms`);
  await expect(page.locator('.jp-NotebookPanel:visible .jp-odps-line').first()).toBeVisible();
  expect(Math.max(...sizes)).toBeLessThan(20_000);
});
