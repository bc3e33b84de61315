import { describe, expect, it } from 'vitest';
import { histogram } from '../../src/aggregates/histogram.js';
import { passesSuite, resultOf } from './kit.js';

const edges = [0, 10, 100];
const number = (x: number): number => x;

describe('histogram', () => {
  passesSuite(() => histogram(number, edges), {
    samples: [-5, 0, 9.9, 10, 500, Infinity, -Infinity, NaN],
    oracle: xs =>
      [-Infinity, ...edges].map((from, i) => {
        const to = edges[i] ?? Infinity;
        return { from, to, count: xs.filter(x => (from <= x && x < to) || (to === Infinity && x === Infinity)).length };
      }),
  });
  it('has one range without edges', () => expect(resultOf(histogram(number, []), [1, 2])).toEqual([{ from: -Infinity, to: Infinity, count: 2 }]));
  it('reports edges that are not ascending numbers', () => {
    expect(histogram(number, edges).problems).toBeUndefined();
    expect(histogram(number, [1, 1]).problems).toEqual([expect.stringContaining('1, 1')]);
    expect(histogram(number, [NaN]).problems).toHaveLength(1);
  });
  it('keeps the edges it was given', () => {
    const mine = [0];
    const aggregate = histogram(number, mine);
    mine.push(5);
    expect(resultOf(aggregate, [7])).toHaveLength(2);
  });
});
