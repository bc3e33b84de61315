import { inspect, isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEntry, decodeValue, encodeEntry, encodeValue, isWhole, passingEntry } from '../../src/state/codec.js';

const where = (): string => 'State of step "s", table "t", key sa';

/** Prototypes and -0 included; only an invalid date never equals itself. */
const sameValue = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b) || (inspect(b, { depth: 50 }).includes('Invalid Date') && inspect(a, { depth: 50 }) === inspect(b, { depth: 50 }));

const plain = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true, withNullPrototype: true, withUnicodeString: true, maxDepth: 4 });
const finite = fc.jsonValue();

/** Where JSON would lose something, and where it would not. */
const VALUES: readonly unknown[] = [0, -0, 1.5, Number.NaN, Infinity, -Infinity, '', 'a', '\ud800', true, null, 10n ** 30n, [], {}, { a: undefined }, [undefined], [1, { b: [-0] }], new Date(12), new Date(Number.NaN), new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]), new Uint8Array([1, 2, 3]), new Float64Array([Number.NaN, -0]), new BigInt64Array([-1n]), new DataView(new ArrayBuffer(3)), new ArrayBuffer(2), JSON.parse('{"__proto__":{"a":1},"constructor":2,"1":3}'), { toJSON: 1 }, [[[[[]]]]], 'x'.repeat(2 ** 20)];

describe('values', () => {
  it.each(VALUES.map((value, index) => [index, value] as const))('number %i comes back as it was', (_, value) => {
    const back = decodeValue(encodeValue(value, where));
    expect(back).toStrictEqual(value);
    expect(sameValue(back, value)).toBe(true);
  });
  it('come back as they were', () => fc.assert(fc.property(fc.oneof(plain, finite), value => void expect(sameValue(decodeValue(encodeValue(value, where)), value)).toBe(true)), { numRuns: 1_000 }));
  it('are the same bytes in passing', () => {
    for (const value of [...VALUES, 'x'.repeat(70_000), '\u20ac'.repeat(21_840)]) for (const length of [0, 7, 80]) expect(passingEntry(Buffer.alloc(length, 7), value, where).equals(encodeEntry(Buffer.alloc(length, 7), value, where))).toBe(true);
  });
  it('of plain finite data are JSON, and numbers eight bytes', () => {
    expect(encodeValue({ a: [1, 'b', null, true] }, where).toString('utf8', 1)).toBe('{"a":[1,"b",null,true]}');
    expect(encodeValue(1.5, where)).toHaveLength(9);
  });
  it('keep objects without a prototype, cycles and depth', () => {
    const bare = Object.assign(Object.create(null) as { a?: unknown }, { a: [Object.create(null)] });
    const back = decodeValue(encodeValue({ bare }, where)) as { bare: { a: unknown[] } };
    expect([Object.getPrototypeOf(back), Object.getPrototypeOf(back.bare), Object.getPrototypeOf(back.bare.a[0])]).toEqual([Object.prototype, null, null]);
    const loop: { self?: unknown } = {};
    loop.self = loop;
    const again = decodeValue(encodeValue(loop, where)) as { self: unknown };
    expect(again.self).toBe(again);
    let deep: unknown = 1;
    for (let i = 0; i < 500; i++) deep = [deep];
    expect(decodeValue(encodeValue(deep, where))).toEqual(deep);
  });
  it('share no memory with their bytes', () => {
    const bytes = encodeValue({ list: new Uint8Array([1, 2]), u: undefined }, where);
    const back = decodeValue(bytes) as { list: Uint8Array };
    bytes.fill(0);
    expect([...back.list]).toEqual([1, 2]);
  });
  it('that are not plain data are refused with their path', () => {
    class Money {
      readonly amount = 1;
    }
    for (const [bad, path] of [[() => 1, 'the value'], [Symbol('s'), 'the value'], [{ deep: [0, { price: new Money() }] }, '.deep[1].price'], [new Map([['k', new Money()]]), '.get(k)'], [{ toJSON() {} }, '.toJSON'], [new Error('e'), 'the value'], [Buffer.from('a'), 'the value']] as const)
      expect(() => encodeValue(bad, where)).toThrow(expect.objectContaining({ code: 'state-value', message: expect.stringContaining(`State of step "s", table "t", key sa: ${path} is `) as string }));
  });
});

describe('entries', () => {
  const key = Buffer.from('the key');
  it('are damaged when one byte or bit of key or value is another, or when they are cut', () =>
    fc.assert(
      fc.property(fc.oneof(finite, plain), fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
        const bytes = encodeEntry(key, value, where);
        expect(sameValue(decodeEntry(key, bytes, where), value)).toBe(true);
        const both = Buffer.concat([key, bytes]);
        const place = at % both.length;
        both[place] = (both[place] ?? 0) ^ flip;
        const [badKey, badBytes] = [both.subarray(0, key.length), both.subarray(key.length)];
        expect(isWhole(badKey, badBytes)).toBe(false);
        expect(() => decodeEntry(badKey, badBytes, where)).toThrow(expect.objectContaining({ code: 'state-damaged', message: expect.stringContaining('table "t", key sa') as string }));
        expect(isWhole(key, bytes.subarray(0, at % bytes.length))).toBe(false);
      }),
      { numRuns: 500 },
    ));
  it('moved to another key are damaged', () => expect(isWhole(Buffer.from('the kez'), encodeEntry(key, 1, where))).toBe(false));
  it('that are whole and not to be read say why', () => {
    const bytes = encodeEntry(key, 1, where);
    const strange = Buffer.concat([bytes.subarray(0, 4), Buffer.from([99])]);
    strange.writeUInt32LE(crc(strange.subarray(4)), 0);
    expect(() => decodeEntry(key, strange, where)).toThrow(/no encoding 99/);
  });
  /** CRC-32 bit by bit, of the key and what stands behind the checksum. */
  const crc = (body: Buffer): number => {
    let sum = 0xffffffff;
    for (const byte of Buffer.concat([key, body])) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    return ~sum >>> 0;
  };
});
