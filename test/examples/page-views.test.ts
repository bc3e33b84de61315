import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('one question is answered right before, while and after a version is published, and by changed code', async () => {
  expect(await linesOf(() => import('../../examples/page-views/main.js'))).toEqual([
    'before: 666 (by hand 666), 0 gaps',
    'meanwhile: 1332 (by hand 1332), 0 gaps',
    'after: 1332 (by hand 1332), 0 gaps',
    'version 1 is there; 0 of 18 rows differ from what was answered before',
    '/ 1332, /docs 668',
    'without robots: 9 of 18 rows differ; / has 1200 (by hand 1200) instead of 1332',
  ]);
});
