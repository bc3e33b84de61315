import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('a key is looked up once, found or not, and a bulk call gives each record its result', async () => {
  expect(await linesOf(() => import('../../examples/async-enrich/main.js'))).toEqual([
    'ann (PT) saw /: row 0 of its batch',
    'bob (NZ) saw /docs: row 1 of its batch',
    'ann (PT) saw /docs: row 2 of its batch',
    'nobody (unknown) saw /: row 3 of its batch',
    'nobody (unknown) saw /docs: row 0 of its batch',
    'bob (NZ) saw /: row 1 of its batch',
    '6 visits, 3 look-ups, 2 bulk calls',
  ]);
});
