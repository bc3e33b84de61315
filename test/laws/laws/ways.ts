/** Random ways for rows to reach a step. */
import fc from 'fast-check';
import { dealt, rows, type Row } from '../row.js';
import type { Way } from '../play.js';

/** One split read whole, with all the time in the world. */
export const plainly = (all: readonly Row[], disorder: number): Way => ({ splits: [all], sizes: [1_000], disorder, hasty: false });

export const disorders = fc.integer({ min: 0, max: 30 });
export const sizes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 });
export const dealing = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 7 });

export const ways: fc.Arbitrary<Way> = fc
  .record({ all: rows(), splits: fc.integer({ min: 1, max: 3 }), deal: dealing, sizes, disorder: disorders, hasty: fc.boolean() })
  .map(({ all, splits, deal, ...way }) => ({ ...way, splits: dealt(all, deal, splits) }));
