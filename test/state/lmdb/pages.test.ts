import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHandle } from '../../../src/state/lmdb/handle.js';
import { walkPages, type ReadAt } from '../../../src/state/lmdb/pages.js';
import { loadPeer } from '../../../src/state/lmdb/peer.js';
import { folder } from './kit.js';

/** A file after so many transactions; its page size, and which of the two pages that say what counts does: each a header of 24 bytes, the last page at 120 behind it, the transaction at 128. */
async function written(transactions: number): Promise<{ readonly data: Buffer; readonly size: number; readonly newer: number; walk(): void }> {
  const path = await folder();
  const handle = openHandle(await loadPeer(), path);
  for (let round = 0; round < transactions; round++) await handle.transaction(async () => handle.put(Buffer.from('key'), Buffer.alloc(100, round)));
  await handle.close();
  const data = await readFile(join(path, 'data.mdb'));
  const size = data.readUInt32LE(24 + 24);
  return {
    data,
    size,
    newer: data.readBigUInt64LE(24 + 128) > data.readBigUInt64LE(size + 24 + 128) ? 0 : size,
    walk() {
      for (const _ of walkPages((bytes, at) => data.copy(bytes, 0, at, at + bytes.length), data.length));
    },
  };
}

describe('the pages of a file', () => {
  it('give every entry in order, as LMDB does, after any number of commits, values of many pages and removals', async () => {
    const path = await folder();
    const handle = openHandle(await loadPeer(), path);
    const truth = new Map<string, number>();
    for (let round = 0; round < 12; round++) {
      await handle.transaction(async () => {
        for (let i = 0; i < 400; i++) {
          const key = `key ${((i * 37 + round * 101) % 900) + 1_000}`;
          const length = i % 40 === 0 ? 9_000 + i : i;
          if (i % 9 === 8) {
            if (truth.delete(key)) handle.remove(Buffer.from(key));
          } else {
            truth.set(key, length);
            handle.put(Buffer.from(key), Buffer.alloc(length, round));
          }
        }
      });
      if (round % 3 === 2) await handle.transaction(async () => Promise.reject(new Error('given up'))).catch(() => {});
      const data = await readFile(join(path, 'data.mdb'));
      const found: (readonly [string, number])[] = [];
      const read: ReadAt = (bytes, at) => data.copy(bytes, 0, at, at + bytes.length);
      for (const _ of walkPages(read, data.length, ({ keys, key, keyEnd, value, valueEnd }) => found.push([keys.toString('utf8', key, keyEnd), valueEnd - value])));
      expect(found).toEqual([...truth].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      for (const _ of walkPages(read, data.length));
    }
    await handle.close();
  });
  it('of a value may be more than it needs: it was made longer and then shorter in one transaction', async () => {
    const path = await folder();
    const handle = openHandle(await loadPeer(), path);
    await handle.transaction(async () => {
      handle.put(Buffer.from('key'), Buffer.alloc(30_000, 1));
      handle.put(Buffer.from('key'), Buffer.alloc(9_000, 2));
    });
    const data = await readFile(join(path, 'data.mdb'));
    const found: Buffer[] = [];
    for (const _ of walkPages((bytes, at) => data.copy(bytes, 0, at, at + bytes.length), data.length, ({ values, value, valueEnd }) => found.push(Buffer.from(values.subarray(value, valueEnd)))));
    expect(found).toEqual([Buffer.alloc(9_000, 2)]);
    await handle.close();
  });
  it('end where the page says that makes a commit true: one more bit in that number (found by the campaign of damaged files), and LMDB maps more than there is room for and ends the process', async () => {
    const { data, walk, newer } = await written(2);
    expect(walk).not.toThrow();
    for (let bit = 0; bit < 64; bit++) {
      const at = newer + 24 + 120 + (bit >> 3);
      data[at]! ^= 1 << bit % 8;
      expect(walk, `bit ${bit}`).toThrow(expect.objectContaining({ code: 'state-damaged' }));
      data[at]! ^= 1 << bit % 8;
    }
  });
  it('are named in lists of free pages, none of which ends in the length of a run: the sign of its last page (found by the campaign of damaged files), and LMDB reads on behind the list', async () => {
    const { data, walk, size, newer } = await written(3);
    // The root of the tree of free pages, a leaf; its first entry: a header of eight bytes, a key of eight, and the list: how many there are, then they.
    const leaf = Number(data.readBigUInt64LE(newer + 24 + 24 + 40)) * size;
    const list = leaf + 24 + data.readUInt16LE(leaf + 24) + 16;
    const last = list + 8 * Number(data.readBigUInt64LE(list));
    expect(data.readBigInt64LE(last)).toBeGreaterThan(1n);
    expect(walk).not.toThrow();
    for (const wrong of [-1n, -2n, data.readBigInt64LE(last) - 2n ** 63n]) {
      const right = data.readBigInt64LE(last);
      data.writeBigInt64LE(wrong, last);
      expect(walk, `${wrong}`).toThrow(expect.objectContaining({ code: 'state-damaged' }));
      data.writeBigInt64LE(right, last);
    }
  });
});
