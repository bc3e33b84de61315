import { describe, expect, it } from 'vitest';
import { min } from '../../src/aggregates/min.js';
import { passesSuite, resultOf } from './kit.js';

const number = (x: number): number => x;

describe('min', () => {
  passesSuite(() => min(number), { samples: [3, -1, 8.5, 0, Infinity], oracle: xs => (xs.length === 0 ? undefined : Math.min(...xs)) });
  it('is NaN if one number is, wherever it stands', () => {
    expect(resultOf(min(number), [NaN, 1])).toBeNaN();
    expect(resultOf(min(number), [1, NaN])).toBeNaN();
  });
});
