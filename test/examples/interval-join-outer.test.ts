import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('pairs, and each unmatched record once', async () => {
  expect(await linesOf(() => import('../../examples/interval-join-outer/main.js'))).toEqual([
    'minute 3: o1 was paid 20 of 20',
    'minute 2: o2 was not paid in time',
    'minute 45: o3 was paid 5 of 5',
    'minute 29: a payment for o3 without an order',
  ]);
});
