import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('every page is read and what the sink refuses is a dead letter', async () => {
  expect(await linesOf(() => import('../../examples/custom-source-and-sink/main.js'))).toEqual([
    'indexed: 0, 1, 2, 3, 5, 6',
    'refused: 4, nothing to index',
  ]);
});
