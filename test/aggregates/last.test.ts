import { describe, expect, it } from 'vitest';
import { last } from '../../src/aggregates/last.js';
import { passesSuite, resultOf } from './kit.js';

describe('last', () => {
  passesSuite(() => last<string>(), { samples: ['a', 'b', 'c', 'd'], oracle: (values, times) => values[times.lastIndexOf(Math.max(...times))] });
  it('goes by event time, not by arrival', () => expect(resultOf(last<string>(), ['a', 'b', 'c'], [3, 5, 4])).toBe('b'));
  it('keeps the last to arrive among equal times', () => expect(resultOf(last<string>(), ['a', 'b'], [5, 5])).toBe('b'));
  it('keeps a part', () => expect(resultOf(last((o: { id: number }) => o.id), [{ id: 1 }, { id: 2 }])).toBe(2));
});
