import type { Page } from '@playwright/test';

import { expect, test } from './lab';
import { cells } from './notebooks';

/*
 * How long the panel and the editor take is printed and never asserted, because machines differ: what is asserted is that
 * it comes.
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

test('an edit in 300 cells shows, and 1,000 cells leave the keyboard free', async ({ page, lab }) => {
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

  await test.step('typing while 1,000 cells are opened and analysed', async () => {
    await lab.write('long.ipynb', ['notes = 1', ...cells(1000)]);
    const analyze = '**/odps-jupyter/analyze*';
    for (const how of ['alone', 'analysed'] as const) {
      if (how === 'alone') {
        await page.route(analyze, route => route.fulfill({ status: 404, json: {} }));
      }
      await page.goto(lab.notebook('long.ipynb'));
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
      const longest = Math.max(...(await page.evaluate(() => window.drawn)));
      print(`1,000 cells ${how}: a key is drawn after at most ${longest.toFixed(0)} ms`);
      await page.unroute(analyze);
    }
  });
});
