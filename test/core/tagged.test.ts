import { describe, expect, it } from 'vitest';
import { NoTree, fromTagged, toTagged } from '../../src/core/tagged.js';

describe('values as tagged JSON', () => {
  it('that hold themselves, or what is not plain, are no trees; with `seen` neither is what holds a thing twice', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const twice = [new Date(0)];
    for (const value of [cycle, () => 1, new URL('https://example.org')]) expect(() => toTagged(value)).toThrow(NoTree);
    expect(toTagged([twice, twice])).toEqual([[{ $date: 0 }], [{ $date: 0 }]]);
    expect(() => toTagged([twice, twice], new Set())).toThrow(NoTree);
  });
  it('can be read by people', () => {
    expect(toTagged({ n: 1, at: new Date(5), big: 2n, none: undefined, seen: new Set(['a']), by: new Map([['k', -0]]) })).toEqual({
      n: 1, at: { $date: 5 }, big: { $bigint: '2' }, none: { $undefined: true }, seen: { $set: ['a'] }, by: { $map: [['k', { $number: '-0' }]] },
    });
    expect(toTagged({ $price: 3 })).toEqual({ $object: [['$price', 3]] });
  });
  it('refuses what it does not write', () => {
    expect(() => fromTagged({ $nothing: 1 })).toThrow(/"\$nothing" is not how a value is written/);
    expect(() => fromTagged({ $date: 1, other: 2 })).toThrow(/"\$date"/);
    expect(() => fromTagged({ $bytes: '', of: 'constructor' })).toThrow(/constructor/);
    expect(() => fromTagged({ $set: 1 })).toThrow(/must be a list/);
  });
});
