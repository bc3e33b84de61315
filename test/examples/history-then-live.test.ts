import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('no window is closed at the seam', async () => {
  expect(await linesOf(() => import('../../examples/history-then-live/main.js'))).toEqual([
    'minute 0: 350 cents',
    'minute 1: 450 cents',
    'minute 2: 75 cents',
  ]);
});
