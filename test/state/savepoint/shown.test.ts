import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/values.js';
import { encodeValue } from '../../../src/state/codec.js';
import { shown, unshown } from '../../../src/state/savepoint/shown.js';
import { hardValues } from './kit.js';

const bytes = (value: unknown): string => encodeValue(value, () => 'it').toString('hex');

describe('values of state as JSON', () => {
  it.each(hardValues.map((value, i) => [i, value] as const))('come back to the byte (%i)', (_, value) => {
    const text = JSON.stringify(shown(value));
    expect(bytes(unshown(JSON.parse(text) as Json))).toBe(bytes(value));
  });
  it('keep holes, two views of one buffer, and depth', () => {
    // oxlint-disable-next-line no-sparse-arrays
    const holes = [1, , 3];
    const { buffer } = new Uint8Array([1, 2, 3, 4]);
    let deep: unknown = 1n;
    for (let i = 0; i < 600; i++) deep = [deep];
    for (const value of [holes, [new Uint8Array(buffer, 0, 2), new Uint8Array(buffer, 2)], deep]) {
      const json = JSON.parse(JSON.stringify(shown(value))) as Json;
      expect(Object.keys(json as object)).toEqual(['$v8']);
      expect(unshown(json)).toEqual(value);
    }
  });
});
