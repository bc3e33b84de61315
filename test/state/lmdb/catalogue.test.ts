import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { CHECKPOINT, CLAIM, encodeOwn, placeOfTable } from '../../../src/state/lmdb/catalogue.js';
import { folderOf } from '../../../src/state/lmdb/folders.js';
import { openHandle, type Handle } from '../../../src/state/lmdb/handle.js';
import { loadPeer } from '../../../src/state/lmdb/peer.js';
import { always, environment, folder, manifestOf } from './kit.js';

/** A store of one checkpoint and two tables, changed behind its back. */
async function changed(change: (handle: Handle) => void): Promise<unknown> {
  const path = await folder();
  const store = await lmdb(path).open('job', environment);
  store.table<number>('step', 'a').set(1, 1);
  store.table<number>('step', 'b').set(1, 1);
  await store.commit(manifestOf(store, 1), always);
  await store.close();
  const handle = openHandle(await loadPeer(), folderOf(path, 'job'));
  await handle.transaction(async () => change(handle));
  await handle.close();
  try {
    await (await lmdb(path).open('job', environment)).close();
    return 'opened';
  } catch (cause) {
    return cause;
  }
}

describe('the catalogue', () => {
  it('of another format is refused', async () =>
    expect(await changed(h => h.put(CLAIM, encodeOwn(CLAIM, { format: 2, job: 'job', generation: 1, checkpoint: 1 })))).toMatchObject({ code: 'state-version', message: expect.stringContaining('format 2') as string }));
  it('of another job is refused', async () => expect(await changed(h => h.put(CLAIM, encodeOwn(CLAIM, { format: 1, job: 'JOB', generation: 1, checkpoint: 1 })))).toMatchObject({ code: 'state-name' }));
  it.each([
    ['a checkpoint that is gone', (h: Handle) => h.remove(CHECKPOINT)],
    ['a claim that is gone', (h: Handle) => h.remove(CLAIM)],
    ['a table that is gone', (h: Handle) => h.remove(placeOfTable(1))],
    ['a table too much', (h: Handle) => h.put(placeOfTable(3), encodeOwn(placeOfTable(3), ['step', 'c', 1, 1]))],
    ['a table at the place of another', (h: Handle) => h.put(placeOfTable(2), Buffer.from(h.get(placeOfTable(1)) ?? []))],
    ['a table of another time', (h: Handle) => h.put(placeOfTable(2), encodeOwn(placeOfTable(2), ['step', 'b', 2, 1]))],
    ['a claim that is not what was written', (h: Handle) => h.put(CLAIM, Buffer.from('abcdefgh'))],
  ])('with %s is damaged', async (_, change) => expect(await changed(change)).toMatchObject({ code: 'state-damaged' }));
  it('that is whole is opened', async () => expect(await changed(() => {})).toBe('opened'));
});
