import { test as base } from '@playwright/test';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const START_SECONDS = 120;
const PYTHON = process.env.ODPS_JUPYTER_PYTHON ?? 'python3';
/** Where the server's log is left, for a failed test to be understood. */
const LOGS = 'test-results';

/** A running JupyterLab with a root folder, settings and a home of its own. */
export class Lab {
  private constructor(
    readonly url: string,
    readonly token: string,
    readonly root: string,
    private readonly _home: string,
    private readonly _process: ChildProcess
  ) {}

  static async start(): Promise<Lab> {
    const home = await mkdtemp(join(tmpdir(), 'odps-jupyter-e2e-'));
    const root = join(home, 'root');
    await mkdir(root);
    // No question whether to fetch news lies over the page, and nothing is fetched.
    const settings = join(home, 'settings');
    const notification = join(
      settings,
      '@jupyterlab',
      'apputils-extension',
      'notification.jupyterlab-settings'
    );
    await mkdir(dirname(notification), { recursive: true });
    await writeFile(notification, JSON.stringify({ fetchNews: 'false' }));
    const token = randomBytes(16).toString('hex');
    const lab = spawn(
      PYTHON,
      [
        '-m',
        'jupyterlab',
        '--no-browser',
        '--allow-root',
        '--ip=127.0.0.1',
        '--port=0',
        `--ServerApp.root_dir=${root}`,
        // A kernel that ends by itself is noticed soon and started anew; if it ends again it stays dead.
        '--AsyncIOLoopKernelRestarter.time_to_dead=0.5',
        '--AsyncIOLoopKernelRestarter.restart_limit=1',
        '--AsyncIOLoopKernelRestarter.stable_start_time=3600',
        '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate'
      ],
      {
        env: {
          ...process.env,
          HOME: home,
          JUPYTER_TOKEN: token,
          JUPYTER_CONFIG_DIR: join(home, 'config'),
          JUPYTER_DATA_DIR: join(home, 'data'),
          JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
          JUPYTERLAB_SETTINGS_DIR: settings,
          IPYTHONDIR: join(home, 'ipython')
        },
        // Not this folder: what is installed is tested, not what lies here.
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
        // A group of its own, so that the kernels end with it.
        detached: true
      }
    );
    await mkdir(LOGS, { recursive: true });
    lab.stderr.pipe(createWriteStream(join(LOGS, 'jupyterlab.log')));
    const started = new Lab(await address(lab), token, root, home, lab);
    await started._listening();
    return started;
  }

  /** The embedded MaxCompute outlives the kernel that started it; it must not outlive the test. */
  private async _stopEmulator(): Promise<void> {
    const file = join(this._home, 'data', 'odps-jupyter', 'emulator', 'service.json');
    const facts = await readFile(file, 'utf8').catch(() => null);
    if (facts === null) {
      return;
    }
    const { pid } = JSON.parse(facts) as { pid: number };
    // A minute to end by itself, and one to be gone.
    for (let tries = 0; tries < 2400; tries++) {
      try {
        process.kill(pid, tries < 1200 ? 'SIGTERM' : 'SIGKILL');
      } catch {
        // There is no such process any more.
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    throw new Error(`The embedded MaxCompute (${pid}) could not be stopped.`);
  }

  /** Jupyter prints its address a moment before it listens there. */
  private async _listening(): Promise<void> {
    const deadline = Date.now() + START_SECONDS * 1000;
    for (;;) {
      try {
        await fetch(`${this.url}/api`);
        return;
      } catch (error) {
        if (Date.now() > deadline) {
          throw error;
        }
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }
  }

  /**
   * Write a notebook of these code cells into the root folder.
   *
   * @param more metadata in the place of a Python notebook's, and the outputs of every cell.
   */
  async write(
    name: string,
    cells: readonly string[],
    more: { readonly metadata?: object; readonly outputs?: readonly object[] } = {}
  ): Promise<void> {
    const notebook = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: more.metadata ?? {
        kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' },
        language_info: { name: 'python' }
      },
      cells: cells.map((source, index) => ({
        cell_type: 'code',
        id: `cell-${index}`,
        execution_count: null,
        metadata: {},
        outputs: more.outputs ?? [],
        source
      }))
    };
    await writeFile(join(this.root, name), JSON.stringify(notebook));
  }

  /** Add a kernel that is a Python program. */
  async addKernel(name: string, program: string): Promise<void> {
    const folder = join(this._home, 'data', 'kernels', name);
    const file = join(folder, 'kernel.py');
    await mkdir(folder, { recursive: true });
    await writeFile(file, program);
    const argv = [PYTHON, file, '-f', '{connection_file}'];
    await writeFile(
      join(folder, 'kernel.json'),
      JSON.stringify({ argv, display_name: name, language: name })
    );
  }

  /** Where the browser finds a notebook, in a workspace that no other test has touched. */
  notebook(name: string): string {
    return `${this.url}/lab/workspaces/${randomBytes(6).toString('hex')}/tree/${name}?reset&token=${this.token}`;
  }

  /** Change a plugin's settings, for pages that are loaded from now on. */
  async set(plugin: string, settings: Record<string, unknown>): Promise<void> {
    const response = await fetch(`${this.url}/lab/api/settings/${plugin}`, {
      method: 'PUT',
      headers: { Authorization: `token ${this.token}` },
      body: JSON.stringify({ raw: JSON.stringify(settings) })
    });
    if (!response.ok) {
      throw new Error(`${plugin} could not be set: ${response.status}`);
    }
  }

  async stop(): Promise<void> {
    const { pid } = this._process;
    const ended = new Promise(resolve => this._process.once('exit', resolve));
    if (pid !== undefined && this._process.exitCode === null) {
      process.kill(-pid, 'SIGTERM');
      const force = setTimeout(() => process.kill(-pid, 'SIGKILL'), 60_000);
      await ended;
      clearTimeout(force);
    }
    await this._stopEmulator();
    await rm(this._home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The address the server prints when it is ready. */
async function address(lab: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      reject(new Error(`JupyterLab did not start in ${START_SECONDS} s:\n${said.join('\n')}`));
    };
    const timer = setTimeout(fail, START_SECONDS * 1000);
    lab.once('exit', fail);
    lab.once('error', fail);
    if (!lab.stderr) {
      fail();
      return;
    }
    createInterface({ input: lab.stderr }).on('line', line => {
      said.push(line);
      const found = /(http:\/\/127\.0\.0\.1:\d+)\/lab/.exec(line)?.[1];
      if (found) {
        clearTimeout(timer);
        resolve(found);
      }
    });
  });
}

/** Tests get one JupyterLab per worker. */
export const test = base.extend<object, { lab: Lab }>({
  lab: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures it needs from the pattern
    async ({}, use) => {
      const lab = await Lab.start();
      try {
        await use(lab);
      } finally {
        await lab.stop();
      }
    },
    { scope: 'worker' }
  ]
});

export { expect } from '@playwright/test';
