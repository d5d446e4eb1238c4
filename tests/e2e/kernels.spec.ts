import type { Locator, Page } from '@playwright/test';

import type { Lab } from './lab';
import { expect, test } from './lab';

/** A kernel that is not Python: it says back what it is told. */
const ECHO = `
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel


class Echo(Kernel):
    implementation = "echo"
    implementation_version = "1"
    banner = "echo"
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".echo"}

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        if not silent:
            self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": code})
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}


IPKernelApp.launch_instance(kernel_class=Echo)
`;

/** The kernel's side as a later version would be. */
const NEWER = `import odps_jupyter.comm
odps_jupyter.comm.VERSION = 2
odps_jupyter.comm.EVENTS_VERSION = 3
%load_ext odps_jupyter`;

/** As it was before it remembered anything: fewer methods, and the state under the name it had. */
const OLDER = `import odps_jupyter.comm
Link = odps_jupyter.comm.Link
begin = Link.__init__
def older(self, shell, handlers, snapshot):
    known = {name: handlers[name] for name in handlers if name == 'set_backend'}
    begin(self, shell, known, snapshot)
def send(self, event, body):
    self._sequence += 1
    told = {'state': body['snapshot']} if 'snapshot' in body else {}
    self._events.send({'version': 1, 'event': event, 'sequence': self._sequence, **told})
Link.__init__, Link._send = older, send
%load_ext odps_jupyter
%odps connect embedded`;

async function open(page: Page, lab: Lab, name: string): Promise<Locator> {
  await page.goto(lab.notebook(name));
  await page.locator('li[data-id="odps-jupyter-inspector"]').click({ timeout: 120_000 });
  return page.locator('#odps-jupyter-inspector');
}

async function run(page: Page): Promise<void> {
  await page.locator('.jp-NotebookPanel:visible .jp-CodeCell').first().locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+Enter');
}

test('leaves a notebook in another language alone', async ({ page, lab }) => {
  await lab.addKernel('echo', ECHO);
  await lab.write('echo.ipynb', ['df.x.map(f)\ndef f(v):', 'def g(v): return v\ndf.x.map(g)'], {
    metadata: { kernelspec: { name: 'echo', display_name: 'Echo', language: 'echo' } }
  });
  const asked: string[] = [];
  page.on('websocket', socket =>
    socket.on('framesent', ({ payload }) => {
      asked.push(payload.toString());
    })
  );
  const panel = await open(page, lab, 'echo.ipynb');
  await expect(panel).toContainText("This notebook's kernel is not Python, so ODPS cannot be enabled in it.");
  await expect(panel).toContainText('This notebook is in echo. Only Python notebooks are inspected.');
  await run(page);
  await expect(page.locator('.jp-OutputArea-output').first()).toContainText('df.x.map(f)');
  await expect(panel.getByRole('button', { name: 'Enable here' })).toHaveCount(0);
  await expect(
    page.locator('.jp-NotebookPanel:visible').locator('[class*="jp-odps-line"], .jp-odps-underline')
  ).toHaveCount(0);
  await expect(page.locator('.jp-NotebookPanel-toolbar:visible .jp-odps-toggle')).toHaveCount(0);
  await expect(page.locator('.jp-odps-status button')).toHaveCount(0);
  expect(asked.filter(sent => sent.includes('load_ext'))).toEqual([]);
});

test('says that a kernel speaks a later version, and shows what is read from the source', async ({
  page,
  lab
}) => {
  await lab.write('newer.ipynb', [
    NEWER,
    "df = o.get_table('pyodps_iris').to_df()\ndf.sepal_length.map(lambda v: -v)"
  ]);
  const panel = await open(page, lab, 'newer.ipynb');
  await expect(panel).toContainText('ODPS is not enabled in this kernel');
  await run(page);
  await expect(panel).toContainText('install the same version in both places');
  await expect(panel.getByRole('radio', { name: 'pandas' })).toBeDisabled();
  await expect(panel.locator('.jp-odps-card')).toHaveCount(1);
  await expect(page.locator('.jp-NotebookPanel:visible .jp-odps-line')).toHaveCount(1);
});

test('works with what a kernel of an earlier version can, and says what it cannot', async ({ page, lab }) => {
  await lab.write('older.ipynb', [
    OLDER,
    "df = o.get_table('pyodps_iris').to_df()\ndf.sepal_length.map(lambda v: -v)"
  ]);
  const panel = await open(page, lab, 'older.ipynb');
  await expect(panel).toContainText('ODPS is not enabled in this kernel');
  await run(page);
  await expect(panel.getByRole('radio', { checked: true })).toHaveText('MaxCompute');
  await panel.getByRole('radio', { name: 'pandas' }).click();
  await expect(panel.getByRole('radio', { checked: true })).toHaveText('pandas');
  await expect(panel).toContainText("This kernel's odps-jupyter is of another version");
  await expect(panel.locator('.jp-odps-card')).toHaveCount(1);
});
