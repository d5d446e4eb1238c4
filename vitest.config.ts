import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      // JupyterLab's packages import their icons as text.
      name: 'raw-svg',
      enforce: 'pre',
      load: id => (id.endsWith('.svg') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))};` : null)
    }
  ],
  esbuild: { jsx: 'transform' },
  test: {
    environment: 'jsdom',
    include: ['labextension/tests/**/*.test.{ts,tsx}'],
    setupFiles: ['labextension/tests/setup.ts'],
    restoreMocks: true,
    // A busy machine takes its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    server: { deps: { inline: [/@jupyterlab/, /@jupyter\//, /@lumino/] } }
  }
});
