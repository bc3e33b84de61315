import { describe, expect, it } from 'vitest';
import { countBy } from '../../src/aggregates/count-by.js';
import { passesSuite, resultOf } from './kit.js';

describe('countBy', () => {
  passesSuite(() => countBy((text: string) => text), {
    samples: ['b', 'a', 'b', 'c'],
    oracle: texts =>
      [...new Set(texts)]
        .map(key => ({ key, count: texts.filter(text => text === key).length }))
        .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)),
  });
  it('forgets a value whose records were all subtracted', () => {
    const { zero, add, subtract, result } = countBy((text: string) => text);
    const part = add(zero(), 'a', 0);
    expect(result(subtract!(add(add(zero(), 'a', 0), 'b', 0), part))).toEqual([{ key: 'b', count: 1 }]);
  });
  it('counts tuples', () => expect(resultOf(countBy((x: readonly number[]) => x), [[1], [1], [2]])).toEqual([{ key: [1], count: 2 }, { key: [2], count: 1 }]));
});
