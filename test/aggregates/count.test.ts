import { describe, expectTypeOf, it } from 'vitest';
import type { Aggregate } from '../../src/core/aggregate.js';
import { count } from '../../src/aggregates/count.js';
import { passesSuite } from './kit.js';

describe('count', () => {
  passesSuite(() => count(), { samples: ['a', undefined, null, 3], oracle: values => values.length });
  it('takes records of any type', () => expectTypeOf(count()).toExtend<Aggregate<{ a: 1 }, number, number>>());
});
