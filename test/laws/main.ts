/** `npm run laws -- --runs N [--only name] [--seed S]`: one line per law, the last line as JSON; exit code 1 if one is broken. */
import { parseArgs } from 'node:util';
import { laws } from './all.js';
import type { Verdict } from './law.js';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '300' }, only: { type: 'string', default: '' }, seed: { type: 'string' } } });
const runs = Number(values.runs);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const chosen = laws.filter(({ name }) => name.includes(values.only));
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed) || chosen.length === 0) {
  console.error(`npm run laws -- --runs N [--only name] [--seed S]; the names are ${laws.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}

const verdicts: Verdict[] = [];
for (const law of chosen) {
  const began = performance.now();
  const verdict = await law.check({ runs, seed });
  verdicts.push(verdict);
  const { counterexample } = verdict;
  const told = counterexample === undefined ? 'ok' : `BROKEN after ${verdict.runs}; again with: npm run laws -- --only ${law.name} --runs ${runs} --seed ${seed}\n  ${counterexample.replaceAll('\n', '\n  ')}`;
  console.log(`${law.name}  runs ${runs}  seed ${seed}  ${((performance.now() - began) / 1_000).toFixed(1)} s  ${told}`);
}
const broken = verdicts.filter(({ counterexample }) => counterexample !== undefined);
console.log(JSON.stringify({ laws: verdicts.length, runs, seed, ok: verdicts.length - broken.length, broken: broken.map(({ law }) => law) }));
process.exitCode = broken.length > 0 ? 1 : 0;
