import { describe, expect, it } from 'vitest';
import { max } from '../../src/aggregates/max.js';
import { passesSuite, resultOf } from './kit.js';

const number = (x: number): number => x;

describe('max', () => {
  passesSuite(() => max(number), { samples: [3, -1, 8.5, 0, Infinity], oracle: xs => (xs.length === 0 ? undefined : Math.max(...xs)) });
  it('is NaN if one number is, wherever it stands', () => {
    expect(resultOf(max(number), [NaN, 1])).toBeNaN();
    expect(resultOf(max(number), [1, NaN])).toBeNaN();
  });
});
