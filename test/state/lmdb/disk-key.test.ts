import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Key, Sub } from '../../../src/core/values.js';
import { diskEntry, diskKey, diskValue, entryAt, isCut, placesOf, rowBounds, tableBounds, WHOLE } from '../../../src/state/lmdb/disk-key.js';

/** Near the length at which texts are cut. */
const text = fc.tuple(fc.constantFrom('a', 'b', '\u0000', '\uffff'), fc.integer({ min: 0, max: WHOLE + 3 }), fc.constantFrom('', 'x', 'y')).map(([unit, length, end]) => unit.repeat(length) + end);
const key: fc.Arbitrary<Key> = fc.oneof(text, fc.integer(), fc.bigInt({ min: -(2n ** 8_000n), max: 2n ** 8_000n }), fc.array(text, { maxLength: 2 }));
const sub: fc.Arbitrary<Sub | undefined> = fc.oneof(text, fc.integer(), fc.constant(undefined));

describe('places on the disk', () => {
  it('fit, and give back what they are the places of', () =>
    fc.assert(
      fc.property(key, sub, fc.nat(1_000), (k, s, table) => {
        const place = diskKey(table, k, s);
        const entry = Buffer.from('the entry');
        const value = diskValue(place, entry);
        expect(place.bytes.length).toBeLessThanOrEqual(1_978);
        expect(isCut(place.bytes)).toBe(place.bytes !== place.logical);
        expect(diskEntry(place.bytes, value)).toEqual({ key: k, sub: s, logical: place.logical, entry });
        expect(entryAt(place.bytes, value)).toEqual(entry);
        const { start, end } = tableBounds(table);
        const group = tableBounds(table, place.bytes.readUInt16BE(4));
        for (const bounds of [{ start, end }, group]) expect([Buffer.compare(bounds.start, place.bytes) <= 0, Buffer.compare(place.bytes, bounds.end) < 0]).toEqual([true, true]);
      }),
      { numRuns: 500 },
    ));
  it('are the same in passing, whatever was asked for before', () => {
    const places = placesOf(9);
    fc.assert(
      fc.property(key, sub, (k, s) => {
        const passing = places.at(k, s);
        expect(passing).toEqual(diskKey(9, k, s));
        expect(passing.bytes === passing.logical).toBe(!isCut(passing.bytes));
      }),
      { numRuns: 500 },
    );
  });
  it('of the rows of one key lie within its bounds, and no other key has any there', () =>
    fc.assert(
      fc.property(key, sub, key, sub, (k, s, other, t) => {
        const { start, end } = rowBounds(1, k);
        const inside = (place: Buffer): boolean => Buffer.compare(start, place) <= 0 && Buffer.compare(place, end) < 0;
        expect(inside(diskKey(1, k, s).bytes)).toBe(s !== undefined);
        if (inside(diskKey(1, other, t).bytes)) expect(other).toEqual(k);
        if (s !== undefined) expect(Buffer.compare(rowBounds(1, k, s).start, diskKey(1, k, s).bytes)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    ));
});
