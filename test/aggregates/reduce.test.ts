import { describe } from 'vitest';
import { reduce } from '../../src/aggregates/reduce.js';
import { passesSuite } from './kit.js';

describe('reduce', () => {
  passesSuite(() => reduce((a: string, b: string) => a + b), { samples: ['a', 'b', ''], oracle: values => (values.length === 0 ? undefined : values.join('')) });
  describe('of records that may be undefined', () => {
    passesSuite(() => reduce((a: number | undefined, b: number | undefined) => b ?? a), { samples: [undefined, 1, 2], oracle: values => values.reduce((a, b) => b ?? a, undefined) });
  });
});
