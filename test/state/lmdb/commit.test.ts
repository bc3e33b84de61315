import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { readCatalogue } from '../../../src/state/lmdb/catalogue.js';
import { baseOf } from '../../../src/state/lmdb/base.js';
import { MODULUS } from '../../../src/state/lmdb/catalogue.js';
import { folderOf } from '../../../src/state/lmdb/folders.js';
import { openHandle } from '../../../src/state/lmdb/handle.js';
import { loadPeer } from '../../../src/state/lmdb/peer.js';
import { always, environment, folder, manifestOf } from './kit.js';

describe('a commit', () => {
  it.each([0, 10_000])('keeps the number and the sum of the entries of each table, with room for %i in memory', async entries => {
    const path = await folder();
    const backend = lmdb(path, { cache: { entries } });
    let store = await backend.open('job', environment);
    let checkpoint = 0;
    for (let round = 0; round < 6; round++) {
      const [a, b] = [store.table<number>('step', 'a'), store.table<number>('step', `b${round}`)];
      for (let i = 0; i < 200; i++) {
        if (i % 3 === round % 3) a.set(i, round * i); // blind
        if (i % 5 === round % 5 && a.get(i) !== undefined) a.set(i, -1);
        if (i % 7 === round % 7) a.delete(i);
        a.set(i % 10, i, round % 2 === 0 ? i : `row ${i}`);
        b.set(i, i);
        if (i % 11 === round) a.delete(i % 10, i);
      }
      if (round > 1) store.drop('step', `b${round - 2}`);
      await store.commit(manifestOf(store, ++checkpoint), always);
      if (round % 2 === 1) {
        await store.close();
        store = await backend.open('job', environment);
      }
    }
    const handle = openHandle(await loadPeer(), folderOf(path, 'job'));
    const { tables } = readCatalogue(handle);
    expect(tables.map(table => table.name)).toEqual(['a', 'b4', 'b5']);
    for (const info of tables) {
      const found = [...baseOf(handle, info).each()];
      expect([info.name, found.length, found.reduce((sum, { stored }) => (sum + stored) % MODULUS, 0)]).toEqual([info.name, info.count, info.sum]);
    }
    await handle.close();
    await store.close();
  });
});
