/**
 * The rows of a version in their file. Of the file an index is in memory, the first row of each block of it, and of the blocks those that were asked for last. The index is made when the version is loaded, in the pass over the
 * file that its checksum needs anyway; so whoever writes the file has no index to write.
 */
import { crc32 } from 'node:zlib';
import type { LRUCache } from 'lru-cache';
import { readFully, type Disk } from '../core/disk.js';
import { causeText } from '../core/errors.js';
import type { Key, Time } from '../core/values.js';
import { lineChunks } from './line-chunks.js';
import { compareRows, firstNot } from './order.js';
import { rowsIn } from './row-text.js';
import type { WrittenRows } from './row-writer.js';
import type { Row, Span, VersionRows } from './rows.js';

/** Blocks that are in memory, by the path of their file and the byte at which they begin; by size. */
export type BlockCache = LRUCache<string, Block>;

/** Some rows that stand side by side, as they stand in the file: of a block a question reads a few lines, and to read all of them would cost ten times as much. */
export interface Block {
  readonly bytes: Buffer;
  /** Where lines begin, and where the last one ends. */
  readonly lines: readonly number[];
}

interface Place {
  readonly first: Row;
  readonly byte: number;
  bytes: number;
  checksum: number;
}

/** A block ends with the line in which it has reached that many bytes. */
const BLOCK = 2 ** 13;
/** Bytes per read when the file is looked through. */
const CHUNK = 2 ** 20;
const NEWLINE = 10;

export interface StoredOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly written: WrittenRows;
  readonly cache: BlockCache;
  /** What is thrown where the file is not as it was written. */
  damaged(why: string, cause?: unknown): Error;
}

/** Looks through the file; rejects when it is not what it should be. */
export async function storedRows({ disk, path, written, cache, damaged }: StoredOptions): Promise<VersionRows> {
  const open = () => disk.open(path, 'read').catch((cause: unknown) => Promise.reject(damaged(causeText(cause), cause)));
  const parse = (bytes: Uint8Array, from = 0, to = bytes.length): readonly Row[] => {
    try {
      return from === to ? [] : rowsIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', from, to));
    } catch (cause) {
      throw damaged(causeText(cause), cause);
    }
  };
  const places = await indexOf();

  async function indexOf(): Promise<readonly Place[]> {
    const found: Place[] = [];
    const file = await open();
    try {
      const seen = { bytes: 0, checksum: 0 };
      for await (const { bytes, byte } of lineChunks(file, CHUNK, seen)) {
        for (let start = 0; start < bytes.length; ) {
          const end = bytes.indexOf(NEWLINE, Math.min(start + BLOCK, bytes.length)) + 1 || bytes.length;
          enter(found, bytes.subarray(start, end), byte + start);
          start = end;
        }
      }
      if (seen.bytes !== written.bytes || seen.checksum !== written.checksum) throw damaged('length or checksum differ from what the manifest says');
      return found;
    } finally {
      await file.close();
    }
  }
  function enter(found: Place[], bytes: Uint8Array, byte: number): void {
    const [first] = parse(bytes.subarray(0, bytes.indexOf(NEWLINE) + 1 || bytes.length));
    const before = found.at(-1);
    if (first === undefined) throw damaged(`there is no row at byte ${byte}`);
    if (before !== undefined && compareRows(before.first, first) >= 0) throw damaged(`the row at byte ${byte} does not come behind those before it: rows are in the order of keys and granules`);
    found.push({ first, byte, bytes: bytes.length, checksum: crc32(bytes) });
  }

  let kept: ReturnType<typeof open> | undefined;
  let closed = false;
  const readInto = async (bytes: Uint8Array, at: number): Promise<number> => {
    if (!closed) {
      try {
        return await readFully(await (kept ??= open()), bytes, at);
      } catch (cause) {
        kept = undefined;
        // Somebody closed it meanwhile.
        if (!closed) throw cause;
      }
    }
    const file = await open();
    try {
      return await readFully(file, bytes, at);
    } finally {
      await file.close();
    }
  };
  const nameOf = ({ byte }: Place): string => `${path} ${byte}`;
  const read = async (place: Place): Promise<Block> => {
    const known = cache.get(nameOf(place));
    if (known !== undefined) return known;
    const bytes = Buffer.allocUnsafe(place.bytes);
    if ((await readInto(bytes, place.byte)) < bytes.length || crc32(bytes) !== place.checksum) throw damaged(`what stands at byte ${place.byte} is not what stood there when it was loaded`);
    const block = { bytes, lines: linesOf(bytes) };
    cache.set(nameOf(place), block);
    return block;
  };
  /** Index of the first line whose row is not before `row`. */
  const lineOf = ({ bytes, lines }: Block, row: Row): number => firstNot(lines.length - 1, i => compareRows(parse(bytes, lines[i], lines[i + 1])[0] ?? row, row) < 0);
  /** The rows of a block from one to before another. */
  const between = (block: Block, begin: Row | undefined, end: Row | undefined): readonly Row[] => {
    const low = begin === undefined ? 0 : lineOf(block, begin);
    const high = end === undefined ? block.lines.length - 1 : Math.max(low, lineOf(block, end));
    return parse(block.bytes, block.lines[low], block.lines[high]);
  };
  /** The block in which a row is, if it is there. */
  const blockOf = (row: Row): number => Math.max(0, firstNot(places.length, i => compareRows(places[i]?.first ?? row, row) <= 0) - 1);

  const visitIn = (block: Block, key: Key, from: Time, to: Time, visit: (start: Time, acc: unknown) => void): void => {
    for (const [, start, acc] of between(block, [key, from, undefined], [key, to, undefined])) visit(start, acc);
  };
  async function visitFrom(block: number, key: Key, from: Time, to: Time, visit: (start: Time, acc: unknown) => void): Promise<void> {
    const end: Row = [key, to, undefined];
    for (let place = places[block]; place !== undefined && compareRows(place.first, end) < 0; place = places[++block]) visitIn(await read(place), key, from, to, visit);
  }
  return {
    size: written.rows,
    each(key, from, to, visit) {
      const end: Row = [key, to, undefined];
      let block = blockOf([key, from, undefined]);
      for (let place = places[block]; place !== undefined && compareRows(place.first, end) < 0; place = places[++block]) {
        const known = cache.get(nameOf(place));
        if (known === undefined) return visitFrom(block, key, from, to, visit);
        visitIn(known, key, from, to, visit);
      }
      return undefined;
    },
    close() {
      closed = true;
      kept?.then(file => file.close()).catch(() => {}); // whoever reads opens it anew
      kept = undefined;
    },
    async *scan({ from, to, first, last }: Span, turns) {
      const until: Row | undefined = last === undefined ? undefined : [last, to, undefined];
      const begin = first === undefined ? 0 : blockOf([first, from, undefined]);
      for (let i = begin; i < places.length; i++) {
        const [place, next] = [places[i], places[i + 1]];
        if (place === undefined || (until !== undefined && compareRows(place.first, until) >= 0)) return;
        // A block of one key alone, all of it outside of the range.
        if (next !== undefined && compareRows([place.first[0], 0, undefined], [next.first[0], 0, undefined]) === 0 && (next.first[1] <= from || place.first[1] >= to)) continue;
        const block = await read(place);
        const all = between(block, i > begin || first === undefined ? undefined : [first, Number.NEGATIVE_INFINITY, undefined], last === undefined ? undefined : [last, Number.POSITIVE_INFINITY, undefined]);
        yield from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY ? all : all.filter(([, start]) => start >= from && start < to);
        await turns.over();
      }
    },
  };
}

/** Where the lines of whole lines begin, and where the last one ends. */
function linesOf(bytes: Uint8Array): readonly number[] {
  const lines = [0];
  for (let at = bytes.indexOf(NEWLINE) + 1; at > 0; at = bytes.indexOf(NEWLINE, at) + 1) lines.push(at);
  if (lines.at(-1) !== bytes.length) lines.push(bytes.length);
  return lines;
}
