import { describe, expect, it } from 'vitest';
import { mean } from '../../src/aggregates/mean.js';
import { passesSuite, resultOf } from './kit.js';

const number = (x: number): number => x;

describe('mean', () => {
  passesSuite(() => mean(number), { samples: [1, 2, 4, -9], oracle: xs => (xs.length === 0 ? undefined : xs.reduce((t, x) => t + x, 0) / xs.length) });
  it('does not drift among large numbers', () => expect(resultOf(mean(number), [1e16, 1, -1e16, 3])).toBe(1));
  it('is NaN if one number is', () => expect(resultOf(mean(number), [1, NaN])).toBeNaN());
});
