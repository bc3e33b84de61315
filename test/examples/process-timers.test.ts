import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('silence is noticed by a timer, and the way back by a side output', async () => {
  expect(await linesOf(() => import('../../examples/process-timers/main.js'))).toEqual([
    'valve has been silent since 1000',
    'valve came back after 19000 ms',
  ]);
});
