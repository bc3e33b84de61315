import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../src/connectors/outbox/lossless.js';
import type { Json } from '../../../src/core/values.js';

/** As a manifest would keep it. */
const kept = (value: unknown): unknown => unpack(JSON.parse(JSON.stringify(pack(value).json)) as Json);
const refusal = (value: unknown): string => {
  try {
    pack(value);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('not refused');
};

describe('records as JSON', () => {
  it.each([
    ['undefined', undefined],
    ['numbers JSON lacks', [Number.NaN, Infinity, -Infinity, -0, 0, 5e-324, Number.MAX_VALUE]],
    ['bigints', [0n, -1n, 2n ** 200n]],
    ['dates', [new Date(0), new Date(-8.64e15), new Date(Number.NaN)]],
    ['maps and sets', new Map<unknown, unknown>([[{ a: 1 }, new Set([Number.NaN, undefined])], ['__proto__', new Map()]])],
    ['bytes', [Buffer.from('abc'), new Uint8Array([0, 255]), new Float64Array([-0, Number.NaN]), new BigUint64Array([2n ** 64n - 1n]), new Uint8Array([1, 2, 3, 4]).subarray(1, 3), new DataView(new ArrayBuffer(3))]],
    ['a buffer', new Uint8Array([1, 2, 3]).buffer],
    ['texts', ['', '\0', '\uD800', '\uDC00x', '😀', '\u2028', '"\\']],
    ['objects that look like tags', { $bigint: '5', a: { $: null }, b: [{ $date: 1, c: undefined }], c: { of: 1, $bytes: 'x' } }],
    ['objects without a prototype', Object.assign(Object.create(null) as object, { $: 1, a: [] })],
    ['hostile names', JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "": 3, "10": 4, "toString": 5}')],
    ['members that are undefined', { a: undefined, b: [undefined] }],
  ])('%s come back whole', (_, value) => expect(kept(value)).toStrictEqual(value));

  it('any plain data comes back whole', () =>
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: false, maxDepth: 4, key: fc.oneof(fc.string(), fc.constantFrom('$', '$date', '$bytes', 'of', '__proto__')) }), value => {
        expect(kept(value)).toStrictEqual(value);
      }),
      { numRuns: 500 },
    ));

  it('what comes back shares nothing with what was given, and bytes keep their kind', () => {
    const given = { list: [1], at: new Date(5) };
    const back = unpack(pack(given).json) as typeof given;
    given.list.push(2);
    given.at.setTime(6);
    expect(back).toEqual({ list: [1], at: new Date(5) });
    expect(Buffer.isBuffer(kept(Buffer.from('a')))).toBe(true);
    expect(Buffer.isBuffer(kept(new Uint8Array([1])))).toBe(false);
  });

  it('holes become undefined', () => expect(kept(Array(2))).toStrictEqual([undefined, undefined])); // eslint-disable-line unicorn/new-for-builtins

  class Money {
    constructor(readonly cents: number) {}
  }
  it.each([
    [{ order: { price: new Money(5) } }, 'order.price is an instance of Money'],
    [{ list: [1, () => 1] }, 'list[1] is a function'],
    [{ 'a b': Symbol('s') }, '["a b"] is a symbol'],
    [/x/, 'it is an instance of RegExp'],
    [new Map([['a', new Money(1)]]), 'get(a) is an instance of Money'],
    [new Set([new URL('https://example.org')]), 'URL'],
  ])('refuses %j by its path', (value, text) => expect(refusal(value)).toContain(text));

  it('refuses cycles', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(refusal(cycle)).toContain('or holds itself');
  });

  it.each([{ $regexp: 'x' }, { $: [] }, { $map: 5 }, { $date: 1, more: 2 }])('%j is from nobody', json => expect(() => unpack(json)).toThrow('not from this sink'));

  it('weighs what it keeps', () => {
    expect(pack('a'.repeat(1_000)).size).toBeGreaterThan(1_000);
    expect(pack({ bytes: new Uint8Array(1_000) }).size).toBeGreaterThan(1_000);
  });
});
