import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHandle } from '../../../src/state/lmdb/handle.js';
import { walkPages } from '../../../src/state/lmdb/pages.js';
import { loadPeer } from '../../../src/state/lmdb/peer.js';
import { folder } from './kit.js';

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
      const read = (bytes: Buffer, at: number): number => data.copy(bytes, 0, at, at + bytes.length);
      for (const _ of walkPages(read, data.length, (key, value) => found.push([key.toString(), value.length])));
      expect(found).toEqual([...truth].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      for (const _ of walkPages(read, data.length));
    }
    await handle.close();
  });
});
