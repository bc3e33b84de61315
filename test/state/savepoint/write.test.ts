import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { systemDisk, type Disk } from '../../../src/core/disk.js';
import { asideOf, writeSavepoint } from '../../../src/state/savepoint/write.js';
import { contents, fresh, hardTables, manifest, save, snapshotOf } from './kit.js';

/** The real disk, whose call number `at` fails. */
function failing(at: number): { readonly disk: Disk; readonly calls: () => number } {
  let calls = 0;
  const count = async (): Promise<void> => {
    if (++calls === at) throw new Error('EIO');
  };
  const disk: Disk = {
    ...systemDisk,
    async open(path, mode) {
      await count();
      const file = await systemDisk.open(path, mode);
      return { ...file, write: async (bytes, position) => (await count(), file.write(bytes, position)), sync: async () => (await count(), file.sync()) };
    },
    rename: async (from, to) => (await count(), systemDisk.rename(from, to)),
    makeFolder: async path => (await count(), systemDisk.makeFolder(path)),
    syncFolder: async path => (await count(), systemDisk.syncFolder(path)),
  };
  return { disk, calls: () => calls };
}

describe('writing a savepoint', () => {
  it('makes its folder, is readable by its owner only, and replaces what was there', async () => {
    const path = join(await fresh(), 'a', 'b.savepoint');
    await save(path, {});
    const first = await contents(path);
    await save(path, hardTables);
    expect((await contents(path)).id).not.toBe(first.id);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['b.savepoint']);
  });
  it('has one identity for one content', async () => {
    const folder = await fresh();
    const ids = new Set<string>();
    for (const name of ['a', 'b']) {
      await save(join(folder, name), hardTables);
      ids.add((await contents(join(folder, name))).id);
    }
    expect(ids.size).toBe(1);
  });
  it('that fails at any call of the disk leaves what was there, or all of the new', async () => {
    const path = join(await fresh(), 'it.savepoint');
    await save(path, {});
    const before = await readFile(path);
    for (let at = 1; ; at++) {
      await writeFile(path, before);
      const { disk, calls } = failing(at);
      const outcome = await writeSavepoint(snapshotOf(hardTables), { disk, clock: systemClock, path }).then(
        () => 'written',
        () => 'failed',
      );
      if (calls() < at) break;
      expect(outcome).toBe('failed');
      const { tables } = await contents(path);
      expect([{}, hardTables]).toContainEqual(tables);
      expect(await readdir(join(path, '..'))).toEqual(['it.savepoint']);
      expect(at).toBeLessThan(20);
    }
  });
  it('that is given up leaves nothing; what a dead predecessor left aside is in nobody’s way', async () => {
    const folder = await fresh();
    const path = join(folder, 'it.savepoint');
    await mkdir(folder, { recursive: true });
    await writeFile(asideOf(path, manifest), 'half');
    const controller = new AbortController();
    controller.abort(new Error('over'));
    await expect(writeSavepoint(snapshotOf(hardTables), { disk: systemDisk, clock: systemClock, path, signal: controller.signal })).rejects.toThrow('over');
    expect(await readdir(folder)).toEqual([]);
  });
  it('names what cannot be kept', async () => {
    const path = join(await fresh(), 'it.savepoint');
    await expect(save(path, { s: { t: [['k', undefined, { f: () => 1 }]] } })).rejects.toThrow(/State of step "s", table "t", key s1:k: \.f is a function/);
  });
});
