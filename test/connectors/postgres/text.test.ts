import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asText, copyField, json, textArray, textFor } from '../../../src/connectors/postgres/text.js';

const of = (name: string, element?: string) => textFor({ name, element });

describe('values as texts', () => {
  it.each([
    ['text', 'a', 'a'],
    ['text', undefined, null],
    ['text', null, null],
    ['float8', -0, '-0'],
    ['float8', Number.NaN, 'NaN'],
    ['float8', -Infinity, '-Infinity'],
    ['float8', 1e21, '1e+21'],
    ['int8', 1e18, '1000000000000000000'],
    ['int8', -(2n ** 63n), '-9223372036854775808'],
    ['numeric', 10n ** 30n, '1000000000000000000000000000000'],
    ['bool', false, 'false'],
    ['timestamptz', new Date(0), '1970-01-01 00:00:00.000+00'],
    ['timestamptz', new Date(8.64e15), '275760-09-13 00:00:00.000+00'],
    ['timestamptz', new Date('-000001-02-03T04:05:06.007Z'), '0002-02-03 04:05:06.007+00 BC'],
    ['date', new Date('0000-01-01T23:59:59Z'), '0001-01-01 BC'],
    ['date', '2024-06-01', '2024-06-01'],
    ['bytea', new Uint8Array([0, 255]), '\\x00ff'],
    ['bytea', new Uint8Array([1, 2]).buffer, '\\x0102'],
    ['jsonb', 'null', '"null"'],
    ['jsonb', null, null],
    ['jsonb', [1, 'a'], '[1,"a"]'],
    ['jsonb', '\\u0000', '"\\\\u0000"'],
    ['jsonb', '\\\\\\u0000', '"\\\\\\\\\\\\u0000"'],
    ['jsonb', '😀', '"😀"'],
  ])('%s takes %s', (type, value, text) => expect(of(type)(value)).toBe(text));

  it.each([
    [[1, null, 2], 'int4', '{"1",NULL,"2"}'],
    [[[1], [2]], 'int4', '{{"1"},{"2"}}'],
    [[], 'text', '{}'],
    [['a"b\\'], 'text', '{"a\\"b\\\\"}'],
    [[[1, 2]], 'jsonb', '{"[1,2]"}'],
    ['{1,2}', 'int4', '{1,2}'],
  ])('arrays %j of %s', (value, element, text) => expect(of(`_${element}`, element)(value)).toBe(text));

  it.each([
    ['text', 'a\0', 'NUL'],
    ['text', '\uD800', 'surrogate'],
    ['text', 'x\uDC00y', 'surrogate'],
    ['text', {}, 'An object'],
    ['text', [1], 'An array'],
    ['text', new Uint8Array(1), 'Binary data'],
    ['text', () => 1, 'A function'],
    ['text', Symbol('s'), 'A symbol'],
    ['text', new Date(Number.NaN), 'not a date'],
    ['int4', 1.5, 'not whole'],
    ['int4', Number.NaN, 'not whole'],
    ['int4', 2 ** 31, 'out of the range'],
    ['int2', -32_769, 'out of the range'],
    ['int8', 2n ** 63n, 'out of the range'],
    ['bytea', 'abc', 'no binary data'],
    ['jsonb', 'a\0', 'NUL'],
    ['jsonb', { 'k\0': 1 }, 'NUL'],
    ['jsonb', ['\\\0'], 'NUL'],
    ['jsonb', ['\uDBFF'], 'surrogate'],
    ['jsonb', { a: [Number.NaN] }, 'NaN'],
    ['jsonb', 1n, 'JSON'],
    ['jsonb', () => 1, 'no form in JSON'],
  ])('%s refuses %s', (type, value, text) => expect(() => of(type)(value)).toThrow(text));

  it('refuses members of arrays', () => {
    expect(() => of('_text', 'text')(['a\0'])).toThrow('NUL');
    expect(() => of('_text', 'text')({})).toThrow('no array');
  });

  it('what is text already is only looked at', () => {
    expect(asText('{"a": 1}')).toBe('{"a": 1}');
    expect(() => asText('\0')).toThrow('NUL');
  });

  it('JSON comes back, or is refused for a reason', () =>
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        if (/[\0\p{Surrogate}]/u.test(JSON.stringify(value, (_, v: unknown) => v).replace(/\\u([\da-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))))) return;
        const text = json(value);
        expect(text === null ? null : JSON.parse(text)).toEqual(value === undefined ? null : JSON.parse(JSON.stringify(value)));
      }),
    ));

  it('fields of COPY and elements of arrays can be taken apart again', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: fc.constantFrom('a', '\\', '\n', '\r', '\t', '"', 'N', '.', '{', ',', 'é') }), fc.constant(null)), { minLength: 1 }), texts => {
        const line = texts.map(copyField).join('\t');
        expect(line).not.toMatch(/[\n\r]/);
        const back = line.split('\t').map(field => (field === '\\N' ? null : field.replace(/\\(.)/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t' })[c] ?? c)));
        expect(back).toEqual(texts);
        const elements = [...textArray(texts).slice(1, -1).matchAll(/"((?:\\.|[^"\\])*)"|NULL/gs)].map(([, quoted]) => quoted?.replace(/\\(.)/gs, '$1') ?? null);
        expect(elements).toEqual(texts);
      }),
    ));
});
