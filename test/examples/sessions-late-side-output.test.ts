import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('sessions by the gap, and the late click aside', async () => {
  expect(await linesOf(() => import('../../examples/sessions-late-side-output/main.js'))).toEqual([
    'bob: minute 5 to 35, /',
    'ann: minute 0 to 50, / /docs /pricing',
    'cid: minute 90 to 120, /',
    'late: bob /docs',
  ]);
});
