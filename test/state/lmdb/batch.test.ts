import { describe, expect, it } from 'vitest';
import type { Key, Sub } from '../../../src/core/values.js';
import { newBatch } from '../../../src/state/lmdb/batch.js';
import { diskKey } from '../../../src/state/lmdb/disk-key.js';
import { ABSENT, UNKNOWN } from '../../../src/state/lmdb/kept.js';

type Drained = readonly [place: string, value: string | undefined, old: number];

function drained(batch: ReturnType<typeof newBatch>): readonly Drained[] {
  const out: Drained[] = [];
  for (const _ of batch.drain((place, value, old) => void out.push([place.toString('hex'), value?.toString(), old]))) continue;
  return out;
}

const KEYS: readonly (readonly [Key, Sub | undefined])[] = [...Array.from({ length: 400 }, (_, i) => [`key ${(i * 7) % 400}`, undefined] as const), [3, 2], [3, undefined], [3, 'a'], [3, -1], [['a', 1n], undefined], ['x'.repeat(2_000), 4], [true, 'y'.repeat(2_000)]];

describe('a batch', () => {
  it('hands out what was put in, in the order of the disk, again and again', () => {
    const batch = newBatch(1);
    for (let round = 0; round < 2; round++) {
      const expected: Drained[] = [];
      for (const [i, [key, sub]] of KEYS.entries()) {
        const place = diskKey(7, key, sub).bytes;
        const value = i % 3 === 0 ? undefined : `value ${round} ${'.'.repeat(i)}`;
        const old = [ABSENT, UNKNOWN, 0, 5, 0xffff_ffff][i % 5] ?? 0;
        expect(batch.add(key, sub, place, value === undefined ? undefined : Buffer.from(value), old)).toBe(true);
        expected.push([place.toString('hex'), value, old]);
      }
      expect(drained(batch)).toEqual(expected.sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    expect(drained(batch)).toEqual([]);
  });
  it('says when there is no room, and what it will never take', () => {
    const batch = newBatch(1, 100_000);
    const add = (i: number, bytes: number): boolean => batch.add(i, undefined, diskKey(1, i).bytes, Buffer.alloc(bytes), ABSENT);
    expect([add(1, 60_000), add(2, 60_000), add(3, 70_000), add(4, 30_000)]).toEqual([true, false, false, true]);
    expect(drained(batch).map(([place]) => place).sort()).toEqual([1, 4].map(i => diskKey(1, i).bytes.toString('hex')).sort());
    expect([add(3, 70_000), add(2, 60_000)]).toEqual([false, true]);
  });
});
