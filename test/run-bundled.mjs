/** Runs a command of the house that is written in TypeScript: bundled with the library first, so that nothing has to be built. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);

/** `main.ts` beside `caller` (its `import.meta.url`), with the arguments of this process; signals and the exit code are handed on. */
export async function runBundled(caller, env = {}) {
  const here = new URL('./', caller);
  const name = here.pathname.split('/').at(-2) ?? 'command';
  // Beside the packages it imports, so that they are found.
  const folder = new URL(`node_modules/.cache/millrace-${name}/`, root);
  mkdirSync(folder, { recursive: true });
  const outfile = fileURLToPath(new URL(`${name}-${process.pid}.mjs`, folder));
  await build({ entryPoints: [fileURLToPath(new URL('main.ts', here))], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', sourcemap: 'inline', logLevel: 'warning', tsconfig: fileURLToPath(new URL('tsconfig.json', root)) });
  process.on('exit', () => rmSync(outfile, { force: true }));
  const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, ...env } });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
