import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('rows are typed, and a broken one is told by its line', async () => {
  expect(await linesOf(() => import('../../examples/files-in-and-out/main.js'))).toEqual([
    '{"id":1,"species":"oak","height":21.5}',
    '{"id":2,"species":"beech, red","height":18}',
    '{"id":5,"species":"oak","height":9.25}',
    'line 4 was rejected by "from"',
    'line 5 was rejected by "tree"',
  ]);
});
