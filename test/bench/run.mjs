/**
 * The benches: `npm run bench`, `npm run bench -- tumbling` for those with that word in their names, `npm run bench -- --json` for a last line of JSON.
 *
 * Each contest is bundled with the library, as a production build is, and runs in a process of its own, so that no contest meets code that another one has warmed up or spoilt.
 * Within a contest both sides take turns in that one process (or in fresh children where the contest says why). Exits with 1 if a ratio is below its goal.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('./', import.meta.url);
const words = process.argv.slice(2).filter(word => !word.startsWith('--'));
const flags = process.argv.slice(2).filter(word => word.startsWith('--') && word !== '--json');
const json = process.argv.includes('--json');

const contests = readdirSync(new URL('contests/', here)).filter(file => file.endsWith('.ts') && (words.length === 0 || words.some(word => file.includes(word))));
// Beside the packages it imports, so that they are found.
const folder = new URL('../../node_modules/.cache/millrace-bench/', here);
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: contests.map(file => fileURLToPath(new URL(`contests/${file}`, here))),
  outdir: fileURLToPath(folder),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
  tsconfig: fileURLToPath(new URL('../../tsconfig.json', here)),
});

/** Runs one contest; what it reports comes as messages. */
const held = file =>
  new Promise((resolve, reject) => {
    const results = [];
    const path = fileURLToPath(new URL(`${basename(file, '.ts')}.mjs`, folder));
    const child = spawn(process.execPath, ['--expose-gc', ...flags, path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    // One side alone (see kit/contest.ts) tells no result, only its time.
    child.on('message', result => ('ratio' in result ? results.push(result) : console.log(`${file}: ${result.ms.toFixed(0)} ms`)));
    child.on('exit', code => (code === 0 ? resolve(results) : reject(new Error(`${file} ended with ${code}`))));
  });

console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores\n`);
const started = performance.now();
const results = [];
let broken = 0;
for (const file of contests.sort()) {
  try {
    for (const result of await held(file)) {
      results.push(result);
      const verdict = result.ratio >= result.goal ? 'ok  ' : 'FAIL';
      console.log(`${verdict} ${result.name} / ${result.rival}: ${result.ratio.toFixed(2)} (goal ${result.goal}, spread ${result.spread.toFixed(2)})  ${result.detail}`);
    }
  } catch (error) {
    broken++;
    console.error(`FAIL ${error.message}`);
  }
}
const failed = results.filter(result => !(result.ratio >= result.goal)).length + broken;
console.log(`\n${results.length + broken - failed} reached, ${failed} missed, ${Math.round((performance.now() - started) / 1_000)} s`);
if (json) console.log(JSON.stringify(results.map(({ name, rival, ratio, spread, goal }) => ({ name, rival, ratio, spread, goal }))));
process.exitCode = failed > 0 ? 1 : 0;
