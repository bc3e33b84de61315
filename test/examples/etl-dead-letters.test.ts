import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('what is read is loaded or rejected, with step, attempts and place', async () => {
  expect(await linesOf(() => import('../../examples/etl-dead-letters/main.js'))).toEqual([
    'loaded a: 20 EUR',
    'loaded c: 15 EUR',
    'rejected by check after 1 attempt(s), record 1: The record does not match its schema: total: Too small: expected number to be >0',
    'rejected by convert after 3 attempt(s), record 3: no rate for XTS',
    '4 in = 2 loaded + 2 rejected',
  ]);
});
