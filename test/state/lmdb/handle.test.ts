import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHandle } from '../../../src/state/lmdb/handle.js';
import { loadPeer } from '../../../src/state/lmdb/peer.js';
import { folder } from './kit.js';

const key = (text: string): Buffer => Buffer.from(text);

describe('an open file', () => {
  it('is for its owner alone', async () => {
    const path = join(await folder(), 'deep', 'store');
    const handle = openHandle(await loadPeer(), path);
    const modes = await Promise.all([path, join(path, 'data.mdb'), join(path, 'lock.mdb')].map(async each => ((await stat(each)).mode & 0o777).toString(8)));
    expect(modes).toEqual(['700', '600', '600']);
    await handle.close();
  });
  it('is one for all who open it, until the last has closed it', async () => {
    const path = await folder();
    const peer = await loadPeer();
    const [a, b] = [openHandle(peer, path), openHandle(peer, path)];
    await a.transaction(async () => a.put(key('k'), key('v')));
    await a.close();
    expect(b.get(key('k'))?.toString()).toBe('v');
    await b.close();
    const c = openHandle(peer, path);
    expect(c.get(key('k'))?.toString()).toBe('v');
    await c.close();
  });
  it('takes nothing after it was removed or another was put at its place: nobody would find it', async () => {
    const path = join(await folder(), 'store');
    const peer = await loadPeer();
    const handle = openHandle(peer, path);
    const write = (): Promise<void> => handle.transaction(async () => handle.put(key('k'), key('v')));
    await write();
    await rename(path, `${path}.elsewhere`);
    await expect(write()).rejects.toMatchObject({ code: 'state-failed', message: expect.stringContaining('was removed') as string });
    await mkdir(path);
    await expect(write()).rejects.toMatchObject({ code: 'state-failed' });
    await rm(path, { recursive: true });
    await rename(`${path}.elsewhere`, path);
    await write();
    await handle.close();
  });
  it('takes all of a transaction or nothing, also with pauses in it and others behind it', async () => {
    const handle = openHandle(await loadPeer(), await folder());
    const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
    const bad = handle.transaction(async () => {
      handle.put(key('a'), key('1'));
      await turn();
      throw new Error('no');
    });
    const good = handle.transaction(async () => {
      await turn();
      handle.put(key('b'), key('2'));
      return 7;
    });
    await expect(bad).rejects.toThrow('no');
    expect([await good, handle.get(key('a')), handle.get(key('b'))?.toString()]).toEqual([7, undefined, '2']);
    await handle.close();
  });
  it('grows, reads in parts of bounded size, and shows the past', async () => {
    const handle = openHandle(await loadPeer(), await folder());
    await handle.transaction(async () => {
      for (let i = 0; i < 40; i++) handle.put(key(`k${i + 10}`), Buffer.alloc(200_000, i));
    });
    const past = handle.snapshot();
    const first = handle.chunk(key('k'), key('l'));
    expect([first.rows.length, first.more]).toEqual([6, true]);
    await handle.transaction(async () => handle.remove(key('k10')));
    expect([handle.get(key('k10')), handle.get(key('k10'), past)?.length, handle.chunk(key('k'), key('k12'), { at: past }).rows.length]).toEqual([undefined, 200_000, 2]);
    past.done();
    await handle.close();
  });
});
