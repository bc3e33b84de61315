import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('minutes, failures and a crash, without a real timer', async () => {
  expect(await linesOf(() => import('../../examples/testing-in-virtual-time/main.js'))).toEqual([
    'the service is still at work: nothing',
    'retries: 1',
    'the minute is not over: nothing',
    'after a crash, and a record of the next minute: a/0s=7',
    'at the end of the input: a/0s=7, b/60s=4',
  ]);
});
