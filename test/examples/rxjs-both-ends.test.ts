import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('a Subject in, an Observable out', async () => {
  expect(await linesOf(() => import('../../examples/rxjs-both-ends/main.js'))).toEqual([
    'buy in second 0: 2',
    'help in second 0: 1',
    'buy in second 1: 1',
    '3 results',
  ]);
});
