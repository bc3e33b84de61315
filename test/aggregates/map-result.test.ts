import { describe, expect, expectTypeOf, it } from 'vitest';
import { count } from '../../src/aggregates/count.js';
import { mapResult } from '../../src/aggregates/map-result.js';
import { passesSuite } from './kit.js';

const shown = () => mapResult(count(), n => `${n} records`);

describe('mapResult', () => {
  passesSuite(shown, { samples: ['a', 'b'], oracle: values => `${values.length} records` });
  it('has the type of what the function gives, and commutes and subtracts if the other does', () => {
    expectTypeOf(shown().result).returns.toEqualTypeOf<string>();
    expect([shown().commutative, shown().subtract === undefined]).toEqual([true, false]);
  });
});
