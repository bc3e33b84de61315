/** The look at a store before LMDB maps it: at all of it up to a size, beyond that at what leads to the entries, each of which is checked when it is read. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { audit, type Audited } from './audit.js';
import { DATA } from './new-files.js';
import { walkPages, type ReadAt } from './pages.js';

/** Files up to this size are read whole when they are opened: a third of a second. */
export const WHOLE_FILE = 64 * 2 ** 20;

/** Milliseconds of work between two turns of the host. */
const TURN = 8;

/** What was found; `undefined`: there is nothing yet, or too much to look at all of it. Throws `state-damaged`. */
export async function checkFile(folder: string, clock: Clock, whole = WHOLE_FILE): Promise<Audited | undefined> {
  let file: number;
  try {
    file = openSync(join(folder, DATA), 'r');
  } catch {
    return undefined; // LMDB will say, if it is there
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return undefined;
    const found = size <= whole ? audit() : undefined;
    let since = clock.monotonic();
    const read: ReadAt = (bytes, position) => {
      let done = 0;
      for (let more = 1; more > 0 && done < bytes.length; done += more) more = readSync(file, bytes, done, bytes.length - done, position + done);
      return done;
    };
    for (const _ of walkPages(read, size, found?.take)) {
      if (clock.monotonic() - since < TURN) continue;
      await new Promise<void>(resolve => clock.defer(resolve));
      since = clock.monotonic();
    }
    return found?.end();
  } finally {
    closeSync(file);
  }
}
