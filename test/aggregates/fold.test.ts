import { describe, expect, expectTypeOf, it } from 'vitest';
import { fold } from '../../src/aggregates/fold.js';
import { passesSuite, resultOf } from './kit.js';

/** Changes its accumulator in place, and gives it as the result. */
const letters = () =>
  fold({
    name: 'letters',
    zero: (): { [letter: string]: number } => ({}),
    add(counts, text: string) {
      for (const letter of text) counts[letter] = (counts[letter] ?? 0) + 1;
      return counts;
    },
    merge(a, b) {
      for (const [letter, n] of Object.entries(b)) a[letter] = (a[letter] ?? 0) + n;
      return a;
    },
    commutative: true,
  });

describe('fold', () => {
  passesSuite(letters, {
    samples: ['aab', '', 'bc'],
    oracle(values) {
      const counts: { [letter: string]: number } = {};
      for (const letter of values.join('')) counts[letter] = (counts[letter] ?? 0) + 1;
      return counts;
    },
  });
  it('turns the accumulator into a result, with its types inferred', () => {
    const average = fold({ zero: () => [0, 0], add: ([n = 0, t = 0], x: number) => [n + 1, t + x], merge: ([n = 0, t = 0], [m = 0, u = 0]) => [n + m, t + u], result: ([n = 0, t = 0]) => `${t / n}` });
    expect(resultOf(average, [1, 2])).toBe('1.5');
    expectTypeOf(average.result).returns.toEqualTypeOf<string>();
    expectTypeOf(average.add).parameter(1).toEqualTypeOf<number>();
  });
  it('is told the event time, and has a name', () => {
    const latest = fold({ zero: () => 0, add: (acc, _: string, time) => Math.max(acc, time), merge: Math.max });
    expect(resultOf(latest, ['a', 'b'], [7, 3])).toBe(7);
    expect([latest.name, letters().name, latest.commutative, letters().commutative]).toEqual(['fold', 'letters', false, true]);
  });
});
