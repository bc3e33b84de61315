import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf } from '../../src/core/plain.js';

const where = (): string => 'here';

describe('a copy of plain data', () => {
  it('equals the original and shares nothing with it', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withBigInt: true, withNullPrototype: true }), value => {
        const copy = copyOf(value, where);
        expect(copy).toEqual(value);
        expect(shared(value, copy)).toBe(false);
      }),
    );
  });
  it('keeps what JSON loses', () => {
    const value = { a: NaN, b: -0, c: undefined, d: 1n, e: new Date(5), f: new Map([[{ k: 1 }, new Set([1])]]), g: '\ud800' };
    expect(copyOf(value, where)).toStrictEqual(value);
  });
  it('keeps a member called __proto__ a member', () => {
    const value: unknown = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
    const copy = copyOf(value, where);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true},"a":1}');
    expect(Reflect.get(Object(copy), 'polluted')).toBeUndefined();
  });
  it('takes a cycle, and depth', () => {
    const cycle: { self?: unknown; date: Date } = { date: new Date(0) };
    cycle.self = cycle;
    const copy = copyOf(cycle, where);
    expect(copy.self).toBe(copy);
    let deep: unknown = 1;
    for (let i = 0; i < 500; i++) deep = [deep];
    expect(copyOf(deep, where)).toEqual(deep);
  });
  it.each([
    ['a function', { a: [{ b: () => 1 }] }, '.a[0].b is a function'],
    ['a class instance', { 'odd name': new (class Money { n = 1 })() }, '["odd name"] is an instance of Money'],
    ['a promise', Promise.resolve(), 'the value is an instance of Promise'],
    ['a symbol', [Symbol('s')], '[0] is a symbol'],
    ['an instance inside a map', new Map([['k', new (class { n = 1 })()]]), '.get(k) is an instance of a class without a name'],
    ['a subclass of a plain class', { when: new (class Day extends Date {})() }, '.when is an instance of Day'],
    ['an error', { cause: new Error('e') }, '.cause is an instance of Error'],
  ])('refuses %s, with its path', (_, value, message) => {
    expect(() => copyOf(value, where)).toThrow(expect.objectContaining({ code: 'state-value', message: expect.stringContaining(`here: ${message}`) as string }));
  });
});

function shared(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false;
  if (a === b) return true;
  return Object.keys(a).some(name => shared(Reflect.get(a, name), Reflect.get(b, name)));
}
