import { join } from 'node:path';

import { expect, test } from './lab';

/**
 * The pictures in docs/images, taken anew by
 *
 *     ODPS_JUPYTER_SCREENSHOTS=docs/images jlpm test:e2e screenshots
 *
 * and to be looked at before they are committed.
 */
const FOLDER = process.env.ODPS_JUPYTER_SCREENSHOTS ?? '.';

const CELLS = [
  '%load_ext odps_jupyter\n%odps connect embedded',
  "from odps import ODPS, options\nimport numpy as np\n\ndf = o.get_table('pyodps_iris').to_df()\ncoeffs = [0.1, 0.2, 0.4]",
  'def handle(v):\n    import numpy as np\n    return float(np.cosh(v)) * sum(coeffs)',
  "%%odps\noptions.df.supersede_libraries = True\nval = df.sepal_length.map(handle).sum().execute(libraries=['numpy.zip', 'other.zip'])\nprint(val)",
  'def area(length, width):\n    return round(length * width, 2)\n\ndef petal(row):\n    return row.name, area(row.petal_length, row.petal_width)\n\ndef show(frame):\n    print(frame.head(3))',
  "petals = df.apply(petal, axis=1, names=['name', 'area'], types=['string', 'float'])\nshow(petals)\nprint(area(5.1, 3.5))"
];

for (const [name, theme] of [
  ['light', 'JupyterLab Light'],
  ['dark', 'JupyterLab Dark']
] as const) {
  test(`a picture of the panel, ${name}`, async ({ page, lab }) => {
    await lab.set('@jupyterlab/apputils-extension:themes', { theme });
    const notebook = `panel-${name}.ipynb`;
    await lab.write(notebook, CELLS);
    await page.goto(lab.notebook(notebook));
    await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
    const panel = page.locator('#odps-jupyter-inspector');
    // A kernel that is restarted before it has said anything can be lost to JupyterLab.
    await expect(panel).toContainText('ODPS is not enabled in this kernel', { timeout: 120_000 });
    await page.getByRole('button', { name: 'Restart the kernel and run all cells' }).click();
    await page.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
    await expect(panel).toContainText(/Run \d on MaxCompute: done/, { timeout: 120_000 });
    await expect(page.locator('.jp-InputPrompt').filter({ hasText: '[6]' })).toBeVisible();
    await expect(panel.locator('.jp-odps-cell')).toHaveCount(CELLS.length);
    await expect(page.locator('.jp-NotebookPanel:visible .jp-odps-line').first()).toBeVisible();
    await expect(page.locator('body')).toHaveAttribute('data-jp-theme-name', theme);
    await page.locator('.jp-CodeCell').first().locator('.jp-InputPrompt').click();
    // The folder is of no interest here; the room is.
    await page.keyboard.press('ControlOrMeta+b');
    await page.locator('.jp-odps-inspector h1').hover();
    await page.screenshot({
      path: join(FOLDER, `panel-${name}.png`),
      animations: 'disabled',
      caret: 'hide'
    });
  });
}
