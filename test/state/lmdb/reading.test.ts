import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lmdb } from '../../../src/state/lmdb/lmdb.js';
import { isStore, viewStore } from '../../../src/state/lmdb/reading.js';
import { always, environment, folder, manifestOf } from './kit.js';

describe('looking at a store', () => {
  it('shows one checkpoint, while the job commits the next, and claims nothing', async () => {
    const base = await folder();
    const store = await lmdb(base).open('job', environment);
    store.table('s', 't').set('k', 1);
    store.table('s', 't').set('k', { row: true }, 'r');
    store.table('s', 'u').set(5n, 'x');
    await store.commit(manifestOf(store, 1), always);
    const view = await viewStore(join(base, 'job'));
    store.table('s', 't').set('k', 2);
    await store.commit(manifestOf(store, 2), always);
    expect(view).toMatchObject({ job: 'job', generation: 1, manifest: { checkpoint: 1 }, tables: [{ step: 's', name: 't', entries: 2 }, { step: 's', name: 'u', entries: 1 }] });
    expect(view.get('s', 't', 'k')).toEqual([[undefined, 1], ['r', { row: true }]]);
    expect([...view.entries('s', 'u')].map(({ key, value }) => [key, value])).toEqual([[5n, 'x']]);
    expect(view.get('nowhere', 't', 'k')).toEqual([]);
    expect(await view.verify()).toEqual([]);
    await view.close();
    store.table('s', 't').set('k', 3);
    await store.commit(manifestOf(store, 3), always);
    await store.close();
  });
  it('finds a byte that was changed in a store that nobody has open', async () => {
    const base = await folder();
    const store = await lmdb(base).open('job', environment);
    store.table('s', 't').set('k', 'a text that can be found');
    await store.commit(manifestOf(store, 1), always);
    await store.close();
    const path = join(base, 'job', 'data.mdb');
    const before = await viewStore(join(base, 'job'));
    expect(await before.verify()).toEqual([]);
    await before.close();
    const file = await open(path, 'r+');
    const bytes = Buffer.alloc((await stat(path)).size);
    await file.read(bytes, 0, bytes.length, 0);
    for (let at = bytes.indexOf('can be found'); at >= 0; at = bytes.indexOf('can be found', at + 1)) await file.write(Buffer.from('C'), 0, 1, at);
    await file.close();
    const view = await viewStore(join(base, 'job'));
    expect(await view.verify()).toEqual([expect.stringContaining('State of step "s", table "t"')]);
    await view.close();
  });
  it('says when there is none', async () => {
    const base = await folder();
    expect(isStore(base)).toBe(false);
    await expect(viewStore(base)).rejects.toMatchObject({ code: 'state-missing' });
  });
});
