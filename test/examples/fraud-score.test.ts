import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('a new score is computed beside the old one, compared, swapped in and taken back', async () => {
  // By hand: 25,000 payments, each 50th of one card; that of card 7 is always small and abroad (500 times 25 points), of others each 9th is large.
  expect(await linesOf(() => import('../../examples/fraud-score/main.js'))).toEqual([
    'old score: card-0 with 450 points',
    '1 of 50 cards have another score; card-7: 0 becomes 12500',
    'the old one still answers: card-0 with 560 points',
    'new score: card-7 with 12500 points',
    'taken back: card-0 with 560 points',
  ]);
});
