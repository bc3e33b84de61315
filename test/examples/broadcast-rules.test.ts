import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('a rule is seen by cards that come later, and applied to those that are known', async () => {
  expect(await linesOf(() => import('../../examples/broadcast-rules/main.js'))).toEqual([
    'blue: 120 is above 100',
    'red: 80 is above the new limit 50',
    'blue: 120 is above the new limit 50',
    'red: 85 is above 50',
  ]);
});
