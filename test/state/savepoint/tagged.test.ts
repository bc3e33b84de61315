import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/values.js';
import { encodeValue } from '../../../src/state/codec.js';
import { fromTagged, toTagged } from '../../../src/state/savepoint/tagged.js';
import { hardValues } from './kit.js';

const bytes = (value: unknown): string => encodeValue(value, () => 'it').toString('hex');

describe('values as tagged JSON', () => {
  it.each(hardValues.map((value, i) => [i, value] as const))('come back to the byte (%i)', (_, value) => {
    const text = JSON.stringify(toTagged(value));
    expect(bytes(fromTagged(JSON.parse(text) as Json))).toBe(bytes(value));
  });
  it('keep holes, two views of one buffer, and depth', () => {
    // oxlint-disable-next-line no-sparse-arrays
    const holes = [1, , 3];
    const { buffer } = new Uint8Array([1, 2, 3, 4]);
    let deep: unknown = 1n;
    for (let i = 0; i < 600; i++) deep = [deep];
    for (const value of [holes, [new Uint8Array(buffer, 0, 2), new Uint8Array(buffer, 2)], deep]) {
      const json = JSON.parse(JSON.stringify(toTagged(value))) as Json;
      expect(Object.keys(json as object)).toEqual(['$v8']);
      expect(fromTagged(json)).toEqual(value);
    }
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
