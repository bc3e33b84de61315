/** What a crash left of the last segment. */
import type { Disk } from '../../core/disk.js';
import { synced } from '../durable.js';
import { BEGIN, framesOf, RECORD, wasSynced } from './frame.js';
import type { Segment } from './layout.js';
import { damaged } from './reader.js';

/**
 * The position behind the last whole record. What comes after it, a write that was torn, is left where it is and never read: the next segment begins with that position. Throws
 * `log-damaged` if what cannot be read is no torn write but something that had been on the disk.
 */
export async function recover(disk: Disk, { path, first }: Segment, most: number): Promise<number> {
  let next = first;
  // Opened for writing, since what is there may not be on the disk yet, and is believed from here on.
  const file = await disk.open(path, 'write');
  try {
    const frames = framesOf(file, 0, most);
    for (;;) {
      const { byte } = frames;
      const found = frames.take();
      if (found === 'more' && (await frames.fill())) continue;
      if (found === 'more' || found === 'bad') {
        if (await wasSynced(file, byte)) throw damaged(path, byte, `there is no whole record ${next}`);
        break;
      }
      if ((found.kind === RECORD && found.position !== next) || (found.kind === BEGIN && (byte > 0 || found.position !== first))) throw damaged(path, byte, `record ${found.position} stands where ${next} should`);
      if (found.kind === RECORD) next++;
    }
    await synced(path, () => file.sync());
  } finally {
    await file.close();
  }
  return next;
}
