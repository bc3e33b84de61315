import { describe, expect, it } from 'vitest';
import { collect } from '../../src/aggregates/collect.js';
import { passesSuite, resultOf } from './kit.js';

describe('collect', () => {
  passesSuite(() => collect<number>(), { samples: [1, 2, 3], oracle: values => [...values] });
  it('keeps a part', () => expect(resultOf(collect((o: { id: number }) => o.id), [{ id: 1 }, { id: 2 }])).toEqual([1, 2]));
  it('merges lists longer than a call takes arguments', () => {
    const list = collect<number>();
    const long = Array.from({ length: 300_000 }, (_, i) => i);
    expect(list.merge([], long)).toHaveLength(300_000);
  });
});
