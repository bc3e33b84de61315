import { expect, it } from 'vitest';
import { seeded } from '../../src/testing/random.js';

it('gives the same numbers in [0, 1) for the same seed, and others for another', () => {
  const numbers = (seed: number): number[] => Array.from({ length: 1_000 }, seeded(seed));
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
  expect(numbers(3).every(n => n >= 0 && n < 1)).toBe(true);
  expect(numbers(3).reduce((sum, n) => sum + n, 0) / 1_000).toBeCloseTo(0.5, 1);
});
