import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateKey, hasLongInteger, isDeeper, roundedIntegers, withTexts } from '../../../src/connectors/files/json-checks.js';

const deeper = (text: string, max: number): boolean => isDeeper(Buffer.from(text), 0, Buffer.byteLength(text), max);
const depthOf = (value: unknown): number => (typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0);

describe('depth', () => {
  it.each([['[[[]]]', 3, false], ['[[[]]]', 2, true], ['[[],[],[],[]]', 2, false], ['{"a":{"b":1}}', 1, true], ['["[[[[[[[[", "\\"[[[["]', 1, false], ['[[[[', 1, true]])('%s deeper than %d: %s', (text, max, is) => expect(deeper(text, max)).toBe(is));
  it('is that of the parsed value', () =>
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 1, max: 6 }), (value, max) => void expect(deeper(JSON.stringify(value), max)).toBe(depthOf(value) > max))));
});

describe('integers', () => {
  const long = (text: string): boolean => hasLongInteger(Buffer.from(text), 0, Buffer.byteLength(text));
  it.each([
    ['9007199254740993', true],
    ['{"a":-12345678901234567890,"b":1}', true],
    ['[1,2,123456789012345]', false],
    ['{"x":0.1234567890123456789}', false],
    ['{"id":"1234567890123456789"}', false],
    [`[${'12345678,'.repeat(100)}1234567890123456]`, true],
  ])('%s: %s', (text, is) => expect(long(text)).toBe(is));
  it('are found at whatever place they stand', () => {
    for (let before = 0; before < 40; before++) expect(long(`${' '.repeat(before)}1234567890123456`)).toBe(true);
    for (let before = 0; before < 40; before++) expect(long(`["${'x'.repeat(before)}",123456789012345678,1]`)).toBe(true);
  });
  it('are never overlooked when a number would round them', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string())), items => {
        const text = `{"items":[${items.map(i => (typeof i === 'bigint' ? String(i) : JSON.stringify(i))).join(', ')}]}`;
        const rounded = items.filter(i => typeof i === 'bigint' && BigInt(Number(i)) !== i).map(String);
        const found = roundedIntegers(text);
        // Doubles print as integers too, and those are exact only as doubles.
        expect(found.map(([from, to]) => text.slice(from, to)).filter(digits => rounded.includes(digits))).toEqual(rounded);
        if (rounded.length > 0) expect(long(text)).toBe(true);
        expect((JSON.parse(withTexts(text, found)) as { items: unknown[] }).items).toHaveLength(items.length);
      }),
    ));
  it('in text are not numbers', () => expect(roundedIntegers('{"9007199254740993":"\\"9007199254740993"}')).toEqual([]));
  it('of many thousand digits take no time', () => expect(roundedIntegers(`[${'9'.repeat(500_000)}]`)).toEqual([[1, 500_001]]));
});

describe('keys', () => {
  it.each([
    ['{"a":1,"b":2}', undefined],
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['[{"a":1},{"a":2}]', undefined],
    ['{"a":{"a":1}}', undefined],
    ['{"a":["a","a"],"b":"a"}', undefined],
    ['{"x\\"":1, "y":[{"k" : 1, "k"\t:2}]}', 'k'],
  ])('%s: %s', (text, key) => expect(duplicateKey(text)).toBe(key));
  it('of one object are never twice', () => fc.assert(fc.property(fc.json(), text => void expect(duplicateKey(text)).toBeUndefined())));
});
