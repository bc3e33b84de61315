import { describe, expect, it } from 'vitest';
import { countDistinct } from '../../src/aggregates/count-distinct.js';
import { passesSuite, resultOf } from './kit.js';

describe('countDistinct', () => {
  passesSuite(() => countDistinct((text: string) => text), { samples: ['a', 'b', 'a', ''], oracle: texts => new Set(texts).size });
  it('tells 1 from its text, and knows equal tuples', () => expect(resultOf(countDistinct((x: string | number | readonly number[]) => x), [1, '1', [1, 2], [1, 2]])).toBe(3));
});
