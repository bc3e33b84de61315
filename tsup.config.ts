/** How the package is built: one entry per door, as ESM and CommonJS, sharing chunks so that a class is the same class behind every door. */
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'testing/index': 'src/testing/index.ts',
    'testing/simulation/index': 'src/testing/simulation/index.ts',
    'connectors/files/index': 'src/connectors/files/index.ts',
    'connectors/log/index': 'src/connectors/log/index.ts',
    'connectors/parquet/index': 'src/connectors/parquet/index.ts',
    'cli/millrace': 'src/cli/millrace.ts',
    'state/lmdb/index': 'src/state/lmdb/index.ts',
    'connectors/outbox/index': 'src/connectors/outbox/index.ts',
    'connectors/postgres/index': 'src/connectors/postgres/index.ts',
    'views/index': 'src/views/index.ts',
    'serve/index': 'src/serve/index.ts',
    'client/index': 'src/client/index.ts',
  },
  format: ['esm', 'cjs'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  // With it, shared chunks become CommonJS without being rewritten for engines of old: `??` stays `??`, on the hot path and in the code that Parquet hands to its thread.
  treeshake: true,
  sourcemap: false,
  clean: true,
  // `node:fs` stays `node:fs`.
  removeNodeProtocol: false,
  // tsup gives the declaration compiler a `baseUrl`, which TypeScript 6 deprecates.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  // `import.meta` is a syntax error in CommonJS; a module that asks where it is (to find an optional peer) gets its file name there.
  esbuildOptions(options, { format }) {
    if (format === 'cjs') options.define = { ...options.define, 'import.meta.url': '__filename' };
  },
  external: ['rxjs', 'zod', 'lru-cache', 'hyparquet', 'hyparquet-compressors', 'lmdb', 'pg'],
});
