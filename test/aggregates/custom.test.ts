import { describe, expectTypeOf } from 'vitest';
import { custom } from '../../src/aggregates/custom.js';
import { passesSuite } from './kit.js';

const distinct = () => {
  const made = custom({ name: 'distinct', commutative: true, zero: () => new Set<string>(), add: (seen, user: string) => seen.add(user), merge: (a, b) => (b.forEach(user => a.add(user)), a), result: seen => seen.size });
  expectTypeOf(made.result).returns.toEqualTypeOf<number>();
  return made;
};

describe('custom', () => {
  passesSuite(distinct, { samples: ['a', 'b', '__proto__'], oracle: values => new Set(values).size });
});
