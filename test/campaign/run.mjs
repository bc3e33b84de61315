/** `npm run campaign`: bundles the campaigns and runs them (see main.ts). The package they try is what `npm run build` made. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('./', import.meta.url);
// Beside the packages it imports, so that they are found.
const folder = new URL('../../node_modules/.cache/millrace-campaign/', here);
mkdirSync(folder, { recursive: true });
const outfile = fileURLToPath(new URL(`campaign-${process.pid}.mjs`, folder));
await build({ entryPoints: [fileURLToPath(new URL('main.ts', here))], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', sourcemap: 'inline', logLevel: 'warning', tsconfig: fileURLToPath(new URL('../../tsconfig.json', here)) });
process.on('exit', () => rmSync(outfile, { force: true }));
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, CAMPAIGN_ROOT: fileURLToPath(new URL('../../', here)) } });
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
