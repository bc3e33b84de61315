/** Rows in their order on their way into a file. */
import { crc32 } from 'node:zlib';
import { synced } from '../connectors/durable.js';
import type { Disk } from '../core/disk.js';
import { lineOf } from './row-text.js';
import type { Row } from './rows.js';
import type { Turns } from './turns.js';

/** What was written. */
export interface WrittenRows {
  readonly rows: number;
  readonly bytes: number;
  /** CRC-32 of all bytes. */
  readonly checksum: number;
}

/** Characters per write. */
const CHUNK = 2 ** 18;

/** Writes rows into a new file. `durable`: they are on the disk when it resolves. */
export async function writeRows(disk: Disk, path: string, all: AsyncIterable<readonly Row[]>, { turns, durable }: { readonly turns: Turns; readonly durable: boolean }): Promise<WrittenRows> {
  await disk.remove(path);
  const file = await disk.open(path, 'create');
  let [rows, bytes, checksum] = [0, 0, 0];
  let text = '';
  const write = async (): Promise<void> => {
    const part = Buffer.from(text);
    await file.write(part, bytes);
    bytes += part.length;
    checksum = crc32(part, checksum);
    text = '';
  };
  try {
    for await (const some of all) {
      for (const row of some) text += lineOf(row);
      rows += some.length;
      if (text.length >= CHUNK) await write();
      await turns.over();
    }
    if (text !== '') await write();
    if (durable) await synced(path, () => file.sync());
  } finally {
    await file.close();
  }
  return { rows, bytes, checksum };
}
