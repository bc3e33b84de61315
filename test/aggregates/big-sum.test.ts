import { describe } from 'vitest';
import { bigSum } from '../../src/aggregates/big-sum.js';
import { passesSuite } from './kit.js';

describe('bigSum', () => {
  passesSuite(() => bigSum((x: bigint) => x), { samples: [1n, -7n, 10n ** 30n], oracle: values => values.reduce((t, x) => t + x, 0n) });
});
