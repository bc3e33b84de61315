import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesAt, systemDisk as disk } from '../../src/core/disk.js';

describe('systemDisk', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'disk-'))));
  afterAll(() => rm(folder, { recursive: true }));
  const text = async (path: string): Promise<string> => {
    const file = await disk.open(path, 'read');
    const bytes = new Uint8Array((await file.look()).size);
    const read = await file.read(bytes, 0);
    await file.close();
    return Buffer.from(bytes.subarray(0, read)).toString();
  };
  it('writes at a place, cuts, renames, lists and removes', async () => {
    const inner = join(folder, 'a', 'b');
    await disk.makeFolder(inner);
    const file = await disk.open(join(inner, 'x'), 'create');
    await file.write(Buffer.from('hello world'), 0);
    await file.write(Buffer.from('J'), 0);
    await file.truncate(5);
    await file.sync();
    const { identity } = await file.look();
    await file.close();
    await disk.rename(join(inner, 'x'), join(inner, 'y'));
    await disk.syncFolder(inner);
    expect([await disk.list(inner), await text(join(inner, 'y')), await disk.look(join(inner, 'y'))]).toEqual([['y'], 'Jello', { kind: 'file', size: 5, identity }]);
    await disk.remove(join(inner, 'y'));
    await disk.remove(join(inner, 'y'));
    expect([await disk.list(inner), await disk.look(join(inner, 'y')), await disk.list(join(inner, 'nowhere')), (await disk.look(inner))?.kind]).toEqual([[], undefined, [], 'folder']);
  });
  it('makes no file twice, opens none that is missing, follows no link', async () => {
    const path = join(folder, 'once');
    await (await disk.open(path, 'create')).close();
    await symlink(path, join(folder, 'link'));
    await expect(disk.open(path, 'create')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(disk.open(join(folder, 'missing'), 'write')).rejects.toMatchObject({ code: 'ENOENT' });
    for (const mode of ['read', 'write', 'create'] as const) await expect(disk.open(join(folder, 'link'), mode)).rejects.toThrow();
  });
  it('is read whole where it gives less than it is asked for', async () => {
    const path = join(folder, 'pieces');
    const file = await disk.open(path, 'create');
    await file.write(Buffer.from('abcdef'), 0);
    const slow = { read: (into: Uint8Array, at: number) => file.read(into.subarray(0, 2), at) };
    for (const from of [file, slow]) {
      const read = async (at: number, length: number): Promise<string> => (await bytesAt(from, at, length)).toString();
      expect([await read(0, 6), await read(1, 3), await read(4, 10), await read(9, 1), await read(2, 0)]).toEqual(['abcdef', 'bcd', 'ef', '', '']);
    }
    await file.close();
  });
});
