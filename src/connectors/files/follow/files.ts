/** The files of one run: which there are, what they are called now, how many of them are open. */
import type { Clock } from '../../../core/clock.js';
import type { Disk, DiskFile } from '../../../core/disk.js';
import type { Position } from '../../../core/values.js';
import { codeOf } from '../../durable.js';
import { expand, openThrough, unreadable } from '../paths.js';
import { followPlaceOf } from './place.js';

/** A file that is followed. The split is its identity on the disk, so that it stays the same under any name. */
export interface Followed {
  readonly split: string;
  /** Its latest name. */
  path: string;
  /** As last seen. */
  size: number;
  /** By the monotonic clock: no pattern means it any more. */
  goneSince: number | undefined;
  /** By the monotonic clock: when it lost its name, for another or for none. */
  turnedAt: number | undefined;
  /** The name it had before it was renamed: whoever writes to it is about to turn to another file of that name. */
  previous: string | undefined;
  /** It had this one's name before, and is read to its end first. */
  after: { readonly file: Followed; readonly until: number } | undefined;
  /** Read to its end, all of it handed on, as far as its reader knows. */
  whole: boolean;
  /** By the monotonic clock: when its reader last got something out of it. */
  readAt: number;
  /** How many times its reader was asked for more after it had said that there is nothing. */
  asked: number;
  /** Nobody reads it any more. */
  closed: boolean;
}

/** Names that say that what is in them is compressed: copies of what was read already. */
const PACKED = /\.(gz|bz2|xz|zst|lz4|zip)$/i;

/** Asked for more so many times after a look, a reader has had that look answered and what it gave before has been handed down. */
export const ASKED_AGAIN = 2;

/** Two files that change names must not wait for each other. */
const isAfter = (file: Followed, other: Followed): boolean => file === other || (file.after !== undefined && isAfter(file.after.file, other));

function waitFor(file: Followed, first: Followed): void {
  if (!isAfter(first, file)) file.after = { file: first, until: first.asked + ASKED_AGAIN };
}

export class Files {
  readonly known = new Map<string, Followed>();
  /** Least recently used first. */
  private readonly handles = new Map<Followed, Promise<DiskFile>>();
  private readonly busy = new Set<Followed>();
  private readonly waiting: (() => void)[] = [];

  constructor(
    readonly disk: Disk,
    readonly clock: Clock,
    private readonly patterns: readonly string[],
    private readonly most: number,
    kept: { readonly [split: string]: Position | 'end' },
  ) {
    for (const [split, position] of Object.entries(kept)) {
      if (position === 'end') continue;
      const { path, whole } = followPlaceOf(position);
      this.add(split, path ?? '', 0, whole === true);
    }
  }

  private add(split: string, path: string, size: number, whole: boolean): Followed {
    const file: Followed = { split, path, size, goneSince: undefined, turnedAt: undefined, previous: undefined, after: undefined, whole, readAt: this.clock.monotonic(), asked: 0, closed: false };
    this.known.set(split, file);
    return file;
  }

  /** One that nobody has seen in this run. */
  missing(split: string, path = split): Followed {
    const file = this.add(split, path, 0, false);
    file.goneSince = this.clock.monotonic();
    return file;
  }

  /** Looks at what there is, and answers what has not been there before. */
  async scan(): Promise<readonly Followed[]> {
    const found = new Map<string, { readonly path: string; readonly size: number }>();
    for (const pattern of this.patterns) {
      const paths = pattern.includes('*') ? (await expand(this.disk, pattern)).filter(path => !PACKED.test(path)) : [pattern];
      for (const path of paths) {
        const entry = await this.disk.look(path).catch((cause: unknown) => {
          throw unreadable(path, cause);
        });
        // Two names (one of them a link, say) are one file.
        if (entry?.kind === 'file' && !found.has(entry.identity)) found.set(entry.identity, { path, size: entry.size });
      }
    }
    const now = this.clock.monotonic();
    const moved: { readonly file: Followed; readonly from: string }[] = [];
    const fresh: Followed[] = [];
    for (const file of this.known.values()) {
      const there = found.get(file.split);
      if (there === undefined) {
        if (file.goneSince === undefined) moved.push({ file, from: file.path });
        file.goneSince ??= now;
        file.turnedAt ??= now;
        continue;
      }
      if (there.path !== file.path) {
        moved.push({ file, from: file.path });
        file.previous = file.path;
        file.turnedAt = now;
      }
      Object.assign(file, { path: there.path, size: there.size, goneSince: undefined });
    }
    for (const [split, { path, size }] of found) if (!this.known.has(split)) fresh.push(this.add(split, path, size, false));
    // In the middle of a rotation there may be no file of that name: then the next one waits.
    for (const file of fresh) for (const other of this.known.values()) if (other.previous === file.path || (other.goneSince !== undefined && other.path === file.path)) waitFor(file, other);
    for (const { file, from } of moved) for (const other of this.known.values()) if (other.path === from && other.goneSince === undefined) waitFor(other, file);
    return fresh;
  }

  /** Does it have to wait for the file that had its name before? */
  waits(file: Followed): boolean {
    const { after } = file;
    if (after === undefined) return false;
    if (!after.file.closed && (after.file.asked < after.until || !after.file.whole)) return true;
    file.after = undefined;
    return false;
  }

  /** Forgets a file that is no more. */
  forget(split: string): void {
    const file = this.known.get(split);
    if (file !== undefined) file.closed = true;
    this.known.delete(split);
  }

  /** Lends the open file, opened anew if need be; `undefined` when it is not where it was last seen. */
  async use<T>(file: Followed, work: (handle: DiskFile | undefined) => Promise<T>): Promise<T> {
    this.busy.add(file);
    try {
      return await work(await this.handle(file));
    } finally {
      this.busy.delete(file);
      this.waiting.shift()?.();
    }
  }

  private async handle(file: Followed): Promise<DiskFile | undefined> {
    const open = this.handles.get(file);
    if (open !== undefined) {
      this.handles.delete(file);
      this.handles.set(file, open);
      return open;
    }
    while (this.handles.size >= this.most) await this.makeRoom();
    const opening = this.open(file);
    this.handles.set(file, opening);
    try {
      return await opening;
    } catch (cause) {
      this.handles.delete(file);
      if (cause === ELSEWHERE) return undefined;
      throw unreadable(file.path, cause);
    }
  }

  private async open(file: Followed): Promise<DiskFile> {
    let handle;
    try {
      handle = await openThrough(this.disk, file.path);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') throw ELSEWHERE;
      throw cause;
    }
    if ((await handle.look()).identity === file.split) return handle;
    await handle.close();
    throw ELSEWHERE;
  }

  /** Closes the one not used for the longest, or waits for one that is being used. */
  private async makeRoom(): Promise<void> {
    for (const file of this.handles.keys()) if (!this.busy.has(file)) return this.close(file);
    await new Promise<void>(resolve => void this.waiting.push(resolve));
  }

  async close(file: Followed): Promise<void> {
    const handle = this.handles.get(file);
    this.handles.delete(file);
    await (await handle)?.close();
  }
}

/** It has been renamed or removed since the last scan. */
const ELSEWHERE = new Error('the file is not where it was');
