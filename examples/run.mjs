/** Runs an example: `node examples/run.mjs flights`. It is bundled from TypeScript first (examples and library), so that nothing has to be built. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('./', import.meta.url);
const name = process.argv[2] ?? '';
const main = fileURLToPath(new URL(`${name}/main.ts`, here));
if (!/^[\w-]+$/.test(name) || !existsSync(main)) {
  const names = readdirSync(here, { withFileTypes: true }).filter(entry => entry.isDirectory() && existsSync(new URL(`${entry.name}/main.ts`, here)));
  console.error(`Which example? One of: ${names.map(entry => entry.name).join(', ')}`);
  process.exit(1);
}

// Beside the packages it imports, so that they are found.
const folder = new URL('../node_modules/.cache/millrace-examples/', here);
mkdirSync(folder, { recursive: true });
const outfile = fileURLToPath(new URL(`${name}.mjs`, folder));
await build({ entryPoints: [main], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', sourcemap: 'inline', logLevel: 'warning', tsconfig: fileURLToPath(new URL('../tsconfig.json', here)) });

const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(3)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
