import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, inject, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { stateBackendSuite } from '../../../src/testing/suites/state-backend.js';

/** A place that is small enough to be filled, such as a tmpfs of 8 MB: named, the case of the full disk runs there. */
const small = process.env['SMALL_DISK'];
const fresh = (): Promise<string> => mkdtemp(join(small ?? inject('folder'), 'lmdb-'));

async function fill(disk: string): Promise<() => Promise<void>> {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(join(disk, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - 1_000_000)));
  return () => rm(join(disk, 'filler'), { force: true });
}

describe('lmdb', () => {
  for (const { name, run } of stateBackendSuite(async () => {
    const folder = await fresh();
    const remove = async (): Promise<void> => {
      for (const path of small === undefined ? [folder] : [folder, join(small, 'filler')]) await rm(path, { recursive: true, force: true });
    };
    return { backend: lmdb(folder), ...(small === undefined ? {} : { full: () => fill(small) }), close: remove };
  }))
    if (small === undefined || name.includes('full disk')) it(name, run);
});
