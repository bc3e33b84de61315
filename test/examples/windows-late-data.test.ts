import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('a second pane while lateness lasts, then the late branch', async () => {
  expect(await linesOf(() => import('../../examples/windows-late-data/main.js'))).toEqual([
    "roof, 9 to 10 o'clock: 2 readings, at most 15 degrees (onTime)",
    "cellar, 9 to 10 o'clock: 1 readings, at most 8 degrees (onTime)",
    "cellar, 9 to 10 o'clock: 2 readings, at most 9 degrees (late)",
    "roof, 10 to 11 o'clock: 1 readings, at most 17 degrees (onTime)",
    "roof, 11 to 12 o'clock: 1 readings, at most 18 degrees (onTime)",
    'too late: cellar, 35 minutes behind the watermark',
  ]);
});
