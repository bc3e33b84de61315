import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merged, sorted, type Ordered } from '../../src/windows/in-order.js';

const driven = <T>(steps: Generator<void, T>): { readonly result: T; readonly pauses: number } => {
  for (let pauses = 0; ; pauses++) {
    const step = steps.next();
    if (step.done === true) return { result: step.value, pauses };
  }
};
const items = fc.uniqueArray(fc.integer(), { maxLength: 300 }).map(orders => orders.map((order): Ordered => ({ order })));
const byOrder = (list: readonly Ordered[]): readonly Ordered[] => list.toSorted((a, b) => a.order - b.order);

describe('sorting with pauses', () => {
  it('sorts as the array does', () => fc.assert(fc.property(items, list => void expect(driven(sorted(list)).result).toEqual(byOrder(list)))));
  it('merges two lists', () => fc.assert(fc.property(items, fc.nat(), (list, at) => void expect(driven(merged(byOrder(list.slice(0, at)), byOrder(list.slice(at)))).result).toEqual(byOrder(list)))));
  it('pauses often, and looks once at what is in order', () => {
    const list = Array.from({ length: 10_000 }, (_, order) => ({ order }));
    expect(driven(sorted(list)).pauses).toBeLessThan(200);
    expect(driven(sorted(list.toReversed())).pauses).toBeGreaterThan(1_000);
  });
});
