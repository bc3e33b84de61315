/** What a crash left of the last segment. */
import type { Disk } from '../../core/disk.js';
import { BEGIN, MARK, framesOf, RECORD, syncedUpTo, wasSynced } from './frame.js';
import type { Segment } from './layout.js';
import { damaged } from './reader.js';

/** What a segment has. */
export interface Recovered {
  /** Behind the last record of which a mark says that it is on the disk. */
  readonly next: number;
  /** Records behind it. They can be read, and yet may never get to the disk: a sync of theirs may have failed, and the next one of the same file then succeeds without having written anything. */
  readonly tail: readonly Uint8Array[];
}

/**
 * Whole records of a segment. What comes after them, a write that was torn, is left where it is and never read: the next segment begins before it. Throws
 * `log-damaged` if what cannot be read is no torn write but something that had been on the disk.
 */
export async function recover(disk: Disk, { path, first }: Segment, most: number): Promise<Recovered> {
  let next = first;
  /** Those of which no mark speaks yet, with the byte behind each. */
  let tail: { readonly end: number; readonly record: Uint8Array }[] = [];
  const file = await disk.open(path, 'read');
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
      if (found.kind === MARK) tail = tail.filter(({ end }) => end > syncedUpTo(found));
      if (found.kind !== RECORD) continue;
      next++;
      tail.push({ end: frames.byte, record: Buffer.from(found.content) });
    }
  } finally {
    await file.close();
  }
  return { next: next - tail.length, tail: tail.map(({ record }) => record) };
}
