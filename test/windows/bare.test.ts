import { describe, expect, it } from 'vitest';
import { collect, custom, sum } from '../../src/index.js';
import { bare } from '../../src/windows/bare.js';

describe('bare', () => {
  it('leaves accumulators that are objects alone', () => {
    const list = collect<number>();
    expect(bare(list)).toBe(list);
  });
  it('gives the same answers, and subtracts where it can', () => {
    const numbers = bare(sum((x: number) => x));
    const acc = [1, 2, 1e300, -1e300].reduce((whole, x) => numbers.add(whole, x, 0), numbers.zero());
    expect([numbers.result(acc), numbers.result(numbers.subtract!(acc, numbers.add(numbers.zero(), 2, 0))), numbers.commutative]).toEqual([3, 1, true]);
  });
  it('stands for undefined, which a table does not keep', () => {
    const latest = bare(custom({ name: 'latest', zero: () => undefined as number | undefined, add: (_, x: number | undefined) => x, merge: (a, b) => b ?? a, result: acc => acc ?? 'none' }));
    expect(latest.zero()).not.toBe(undefined);
    expect(structuredClone(latest.zero())).toEqual(latest.zero());
    const acc = latest.add(latest.zero(), 5, 0);
    expect([latest.result(latest.zero()), latest.result(acc), latest.result(latest.merge(acc, latest.add(acc, undefined, 0)))]).toEqual(['none', 5, 5]);
  });
});
