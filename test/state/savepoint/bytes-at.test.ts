import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemDisk } from '../../../src/core/disk.js';
import { bytesAt } from '../../../src/state/savepoint/bytes-at.js';
import { fresh } from './kit.js';

it('reads what is there, also in pieces, and no more', async () => {
  const path = join(await fresh(), 'file');
  await writeFile(path, 'abcdef');
  const file = await systemDisk.open(path, 'read');
  // A disk that gives two bytes at a time.
  const slow = { ...file, read: (into: Uint8Array, at: number) => file.read(into.subarray(0, 2), at) };
  for (const from of [file, slow]) {
    const read = async (at: number, length: number): Promise<string> => (await bytesAt(from, at, length)).toString();
    expect([await read(0, 6), await read(1, 3), await read(4, 10), await read(9, 1), await read(2, 0)]).toEqual(['abcdef', 'bcd', 'ef', '', '']);
  }
  await file.close();
});
