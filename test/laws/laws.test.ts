/** Every law, a few times with every run of the unit tests and 300 times per commit (project `laws`); `npm run laws` for more. */
import { describe, expect, it } from 'vitest';
import { laws } from './all.js';

const runs = Number(process.env['LAW_RUNS'] ?? 6);
const seed = Number(process.env['LAW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe(`laws, ${runs} runs each, seed ${seed}`, () => {
  for (const { name, share, check } of laws) {
    it(name, async () => {
      const { counterexample } = await check({ runs: runs * share, seed });
      expect(counterexample, `npm run laws -- --only ${name} --runs ${runs * share} --seed ${seed}`).toBeUndefined();
    });
  }
});
