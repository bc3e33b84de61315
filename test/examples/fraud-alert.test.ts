import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('a big payment within a minute of a small one is an alert, one at exactly a minute is not', async () => {
  expect(await linesOf(() => import('../../examples/fraud-alert/main.js'))).toEqual(['red: 700, 59999 ms after a small payment']);
});
