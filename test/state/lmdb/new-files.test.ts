import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHandle } from '../../../src/state/lmdb/handle.js';
import { makeFiles } from '../../../src/state/lmdb/new-files.js';
import { loadPeer } from '../../../src/state/lmdb/peer.js';
import { folder } from './kit.js';

const OPEN = { noSubdir: false, keyEncoding: 'binary', encoding: 'binary', cache: false, maxDbs: 1, overlappingSync: false, eventTurnBatching: false };
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('the files of a new store', () => {
  it('are what LMDB makes, byte for byte, or left to it where its pages may be larger', async () => {
    const [ours, theirs] = [await folder(), await folder()];
    makeFiles(ours);
    await (await loadPeer()).open({ ...OPEN, path: theirs }).close();
    const [made, right] = await Promise.all([ours, theirs].map(path => readFile(join(path, 'data.mdb'))));
    const known = process.arch === 'x64';
    if (known) expect(right?.length).toBe(8_192);
    expect(made?.equals(known && right !== undefined ? right : Buffer.alloc(0))).toBe(true);
  });
  it('are used by LMDB as they are, and again', async () => {
    const path = await folder();
    const peer = await loadPeer();
    for (const value of ['first', 'second']) {
      const handle = openHandle(peer, path);
      expect(handle.get(Buffer.from('k'))?.toString()).toBe(value === 'first' ? undefined : 'first');
      await handle.transaction(async () => handle.put(Buffer.from('k'), Buffer.from(value)));
      await handle.close();
    }
    expect((await stat(join(path, 'lock.mdb'))).size).toBe(16_384);
  });
  it('are for their owner alone, and leave nothing aside', async () => {
    const path = join(await folder(), 'deep', 'store');
    makeFiles(path);
    expect(await Promise.all([path, join(path, 'data.mdb'), join(path, 'lock.mdb')].map(modeOf))).toEqual(['700', '600', '600']);
    expect((await readdir(path)).toSorted()).toEqual(['data.mdb', 'lock.mdb']);
  });
  it('that are there are not touched, but for their modes', async () => {
    const path = await folder();
    for (const name of ['data.mdb', 'lock.mdb']) await writeFile(join(path, name), name, { mode: 0o644 });
    makeFiles(path);
    expect(await readFile(join(path, 'data.mdb'), 'utf8')).toBe('data.mdb');
    expect([await readFile(join(path, 'lock.mdb'), 'utf8'), await modeOf(join(path, 'lock.mdb'))]).toEqual(['lock.mdb', '600']);
  });
  it('say what is in their way', async () => {
    const path = join(await folder(), 'store');
    await writeFile(path, '');
    expect(() => makeFiles(path)).toThrow(expect.objectContaining({ code: 'state-failed', message: expect.stringContaining('EEXIST') as string, cause: expect.objectContaining({ code: 'EEXIST' }) as unknown }));
    const blocked = await folder();
    await mkdir(join(blocked, `lock.mdb.${process.pid}`));
    expect(() => makeFiles(blocked)).toThrow(/cannot be made or used/);
    expect(await readdir(blocked)).toEqual([`lock.mdb.${process.pid}`]);
  });
});
