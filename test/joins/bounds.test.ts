import { describe, expect, it } from 'vitest';
import type { Within } from '../../src/core/join.js';
import { boundsOf } from '../../src/joins/bounds.js';

describe('bounds of an interval join', () => {
  it.each<[Within, number, number]>([
    [5, -5, 5],
    ['5m', -300_000, 300_000],
    [0, 0, 0],
    [['0s', '15m'], 0, 900_000],
    [['-5m', '-1m'], -300_000, -60_000],
    [{ lower: -1, upper: 2, exclusive: 'both' }, 0, 1],
    [{ lower: -1, upper: 2, exclusive: 'lower' }, 0, 2],
    [{ lower: -1, upper: 2, exclusive: 'upper' }, -1, 1],
    [[-Infinity, Infinity], -Infinity, Infinity],
    [Infinity, -Infinity, Infinity],
  ])('%j', (within, lower, upper) => {
    const { bounds, problems } = boundsOf(within);
    expect(problems).toEqual([]);
    expect([bounds.lower + 0, bounds.upper + 0]).toEqual([lower, upper]);
  });
  it.each<[unknown, RegExp]>([
    ['soon', /lower bound[^]*upper bound/],
    [-5, /No time lies/],
    [[1, 0.5], /upper bound is 0.5/],
    [{ lower: 0, upper: 5, exclusive: 'all' }, /none of 'lower'/],
    [{ lower: 0, upper: 1, exclusive: 'both' }, /without its ends/],
    [{ lower: 0, upper: 0, exclusive: 'upper' }, /without its upper end/],
    [[-Infinity, -Infinity], /No time lies/],
    [undefined, /lower bound is undefined/],
  ])('%j is refused', (within, message) => expect(boundsOf(within as Within).problems.join('\n')).toMatch(message));
});
