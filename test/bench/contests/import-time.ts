import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { median, summary } from '../kit/contest.js';
import { report } from '../kit/report.js';

const PAIRS = 11;
const root = new URL('../../../', import.meta.url); // from where contests are bundled to
const outdir = new URL('door/', import.meta.url);
// The doors in chunks, as the package is built; its dependencies are imported.
const doors = ['index', 'testing/index', 'connectors/files/index', 'connectors/parquet/index'];
await build({
  entryPoints: doors.map(door => fileURLToPath(new URL(`src/${door}.ts`, root))),
  outdir: fileURLToPath(outdir), outExtension: { '.js': '.mjs' }, bundle: true, splitting: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external',
});

/** In a fresh process, in milliseconds. */
const importing = (what: string): number =>
  Number(execFileSync(process.execPath, ['--input-type=module', '-e', `const start = performance.now(); await import(${JSON.stringify(what)}); console.log(performance.now() - start);`], { cwd: fileURLToPath(root), encoding: 'utf8' }));

const door = new URL('index.mjs', outdir).href;
const pairs: { readonly ours: number; readonly theirs: number }[] = [];
for (let i = 0; i <= PAIRS; i++) {
  const pair = { ours: importing(door), theirs: importing('rxjs') };
  if (i > 0) pairs.push(pair); // the first one fills the caches of the disk
}
const of = (side: 'ours' | 'theirs'): string => `${median(pairs.map(pair => pair[side])).toFixed(0)} ms`;
report({ name: 'import of the main door, at most 2x the time', rival: 'import of rxjs', goal: 1, ...summary(pairs.map(({ ours, theirs }) => (2 * theirs) / ours)), detail: `${of('ours')} against ${of('theirs')}` });
