/** L-lambda, with the unit tests of views: whoever changes them need not run all laws, and planted bugs are tried on it. More of it: `npm run laws -- --only L-lambda --runs 2000`. */
import { expect, it } from 'vitest';
import { lambdaLaw } from '../laws/laws/lambda.js';

it('law: a view answers what was ingested, at every moment', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { counterexample } = await lambdaLaw.check({ runs: 100, seed });
  expect(counterexample, `npm run laws -- --only L-lambda --runs 100 --seed ${seed}`).toBeUndefined();
});
