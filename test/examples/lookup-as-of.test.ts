import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('each order with the price of its time', async () => {
  expect(await linesOf(() => import('../../examples/lookup-as-of/main.js'))).toEqual(['order 2: mug for an unknown number of cents', 'order 1: tea for 300 cents', 'order 3: tea for 350 cents']);
});
