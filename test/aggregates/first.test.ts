import { describe, expect, expectTypeOf, it } from 'vitest';
import { first } from '../../src/aggregates/first.js';
import { passesSuite, resultOf } from './kit.js';

describe('first', () => {
  passesSuite(() => first<string>(), { samples: ['a', 'b', 'c', 'd'], oracle: (values, times) => values[times.indexOf(Math.min(...times))] });
  it('goes by event time, not by arrival', () => expect(resultOf(first<string>(), ['a', 'b', 'c'], [5, 3, 4])).toBe('b'));
  it('keeps the first to arrive among equal times', () => expect(resultOf(first<string>(), ['a', 'b'], [5, 5])).toBe('a'));
  it('keeps a part, and infers it', () => {
    const id = first((order: { id: number; text: string }) => order.id);
    expect(resultOf(id, [{ id: 1, text: 'x' }])).toBe(1);
    expectTypeOf(id.result).returns.toEqualTypeOf<number | undefined>();
  });
});
