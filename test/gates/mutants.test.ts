/** A mutant changes one place of the library; when that place is written anew, the mutant must be too, or the campaign ends with an error after a quarter of an hour. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mutants } from '../campaign/mutants/list.js';
import { planted } from '../campaign/mutants/plant.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('each mutant has its place', async () => {
  const lost = await Promise.all(mutants.map(mutant => planted(root, mutant).then(() => [], (error: unknown) => [String(error)])));
  expect(lost.flat()).toEqual([]);
});
