import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../../../src/core/aggregate.js';
import { aggregateSuite } from '../../../src/testing/suites/aggregate.js';
import { failing } from './kit.js';

const total: Aggregate<number, number, number> = { name: 'total', commutative: true, zero: () => 0, add: (a, x) => a + x, merge: (a, b) => a + b, result: a => a };
const options = { samples: [1, 2, 5], oracle: (values: readonly number[]) => values.reduce((a, b) => a + b, 0) };

describe('the contract suite of aggregates', () => {
  for (const { name, run } of aggregateSuite(() => total, options)) it(name, run);
  it.each<[string, Aggregate<number, number, number>, string]>([
    ['an unlawful one', { ...total, merge: (a, b) => Math.max(a, b) }, 'keeps the laws'],
    ['one that starts wrong', { ...total, result: a => a || -1 }, 'has the result of no records'],
    ['one that is wrong from the first record', { ...total, add: (a, x) => a + x + 1 }, 'agrees with plain code on one record'],
    ['one that is wrong only with many', { ...total, result: a => Math.min(a, 7) }, 'agrees with plain code on many records'],
  ])('sees %s', async (_, aggregate, name) => expect(await failing(aggregateSuite(() => aggregate, options))).toContain(name));
  it('takes a tolerance and times of its own', async () => {
    const latest: Aggregate<number, number, number> = { ...total, add: (a, _, time) => Math.max(a, time), merge: Math.max };
    expect(await failing(aggregateSuite(() => latest, { samples: [1, 2], time: x => x * 100, oracle: (_, times) => Math.max(0, ...times) }))).toEqual([]);
    expect(await failing(aggregateSuite(() => total, { ...options, samples: [0.1, 0.2, 0.7], same: (a, b) => Math.abs(a - b) < 1e-9 }))).toEqual([]);
  });
});
