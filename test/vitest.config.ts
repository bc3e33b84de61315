/**
 * How the tests run. The sources are tested under the names users import them by, so that tests, examples and documentation read alike.
 *
 * - `unit`: mirrors src; no real timers, no network, seconds.
 * - `gates`: the rules of the house (test/gates).
 * - `examples`: the examples, run as a user would; the longest.
 * - `laws`: the property tests of test/laws, 300 runs each; `unit` has them too, with fewer.
 * - `package`: the built and packed package (needs `npm run build`).
 * - `servers`: what needs a running server; starts what it needs itself.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const apart = ['gates', 'examples', 'package', 'servers', 'bench'];

const alias = [
  { find: /^millrace$/, replacement: `${root}src/index.ts` },
  { find: /^millrace\/testing$/, replacement: `${root}src/testing/index.ts` },
  { find: /^millrace\/testing\/simulation$/, replacement: `${root}src/testing/simulation/index.ts` },
  { find: /^millrace\/views$/, replacement: `${root}src/views/index.ts` },
  { find: /^millrace\/serve$/, replacement: `${root}src/serve/index.ts` },
  { find: /^millrace\/client$/, replacement: `${root}src/client/index.ts` },
  { find: /^millrace\/lmdb$/, replacement: `${root}src/state/lmdb/index.ts` },
  { find: /^millrace\/([\w-]+)$/, replacement: `${root}src/connectors/$1/index.ts` },
];

const project = (name: string, include: string[], exclude: string[], seconds: number, shared = {}) => ({
  extends: true as const,
  test: { name, root, include, exclude: ['**/node_modules/**', ...exclude], testTimeout: seconds * 1_000, hookTimeout: seconds * 1_000, ...shared },
});

export default defineConfig({
  root,
  resolve: { alias },
  test: {
    projects: [
      // Test files share workers: loading everything anew for each took two thirds of the time. So nothing may be left running or changed when a test is over.
      project('unit', ['test/**/*.test.ts'], apart.map(folder => `test/${folder}/**`), 20, { isolate: false, globalSetup: ['test/folder.ts'] }),
      // In one worker: the compiler they all use is loaded once.
      project('gates', ['test/gates/**/*.test.ts'], [], 120, { isolate: false, maxWorkers: 1 }),
      project('examples', ['test/examples/**/*.test.ts', 'examples/**/*.test.ts'], ['**/out/**'], 600),
      project('laws', ['test/laws/**/*.test.ts'], [], 300, { env: { LAW_RUNS: '300' } }),
      project('package', ['test/package/**/*.test.ts'], [], 300),
      project('servers', ['test/servers/**/*.test.ts'], [], 300),
    ],
  },
});
