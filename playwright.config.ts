import { defineConfig } from '@playwright/test';

/**
 * A real browser against a real JupyterLab (tests/e2e/lab.ts starts one per worker).
 *
 * ODPS_JUPYTER_CHROMIUM  the browser to use; /usr/bin/chromium if not set. Playwright's own builds are not downloaded.
 * ODPS_JUPYTER_SCREENSHOTS  the folder to write the pictures of the documentation to; none are taken if not set.
 * ODPS_JUPYTER_PYTHON    the Python that has odps-jupyter and JupyterLab installed; python3 if not set.
 */
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  // Pictures are for people: nothing in them is tested that is not tested elsewhere.
  testIgnore: process.env.ODPS_JUPYTER_SCREENSHOTS ? [] : ['screenshots.spec.ts'],
  timeout: 600_000,
  expect: { timeout: 120_000 },
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1400, height: 900 },
    locale: 'en-US',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.ODPS_JUPYTER_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  }
});
