/** Runs the cases of other engines: `npm run conformance -- <folder>`. Bundled from TypeScript first (adapter and library), so that nothing has to be built. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('./', import.meta.url);
// Beside the packages it imports, so that they are found.
const folder = new URL('../../node_modules/.cache/millrace-conformance/', here);
mkdirSync(folder, { recursive: true });
const outfile = fileURLToPath(new URL(`main-${process.pid}.mjs`, folder));
await build({ entryPoints: [fileURLToPath(new URL('main.ts', here))], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', sourcemap: 'inline', logLevel: 'warning', tsconfig: fileURLToPath(new URL('../../tsconfig.json', here)) });

const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  rmSync(outfile, { force: true });
  process.exit(signal ? 1 : (code ?? 1));
});
