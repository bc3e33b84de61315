/**
 * The pages of an LMDB file, read without LMDB: it trusts what it maps into memory, and a number that is wrong there ends the process or shows another page's entries. Both trees (free pages, entries) are
 * walked from the newer of the two meta pages: every page is what its parent says, lies in the file, is used once, has its entries within it, in order, and between the keys that lead to it; their numbers are
 * those of the meta page; no page is both free and in use; and those that the file ends before are free.
 *
 * Source of the format: mdb.c of LMDB as the package `lmdb` has it (data version 2: page number, transaction, pad, flags, lower, upper; two-byte node pointers behind a header of 24 bytes).
 */
import { damaged } from './catalogue.js';

/** Fills `bytes` from `position` on; answers how many came. */
export type ReadAt = (bytes: Buffer, position: number) => number;

/** An entry where it stands, its key and its value each from one place to another; it is another when the walk goes on. Views of them would cost as much as all that is done with them. */
export interface PageEntry {
  keys: Buffer;
  key: number;
  keyEnd: number;
  values: Buffer;
  value: number;
  valueEnd: number;
}

const MAGIC = 0xbeefc0de;
const VERSION = 2;
const HEADER = 24;
const META_SIZE = 144;
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const META = 8;
/** Flags of the tree of free pages (integer keys) and of that of entries. */
const FREE_FLAGS = 8;
const BIG = 1;
const NODE = 8;
/** The level of pages that begin a long value; those of trees begin at 1. */
const OF_VALUES = 0;
const NONE = 0xffff_ffff_ffff_ffffn;

interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly branches: number;
  readonly leaves: number;
  readonly overflow: number;
  readonly entries: number;
  readonly root: bigint;
}

interface Meta {
  readonly size: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly last: number;
  readonly transaction: number;
}

const wrong = (what: string): Error => damaged(`The file of the store is not as it was written (${what}).`);

const numberAt = (bytes: Buffer, at: number): number => {
  const high = bytes.readUInt32LE(at + 4);
  return high > 0x1f_ffff ? Number.POSITIVE_INFINITY : high * 2 ** 32 + bytes.readUInt32LE(at);
};

const treeAt = (bytes: Buffer, at: number): Tree => ({
  flags: bytes.readUInt16LE(at + 4),
  depth: bytes.readUInt16LE(at + 6),
  branches: numberAt(bytes, at + 8),
  leaves: numberAt(bytes, at + 16),
  overflow: numberAt(bytes, at + 24),
  entries: numberAt(bytes, at + 32),
  root: bytes.readBigUInt64LE(at + 40),
});

function metaAt(read: ReadAt, position: number): Meta {
  const page = Buffer.alloc(HEADER + META_SIZE);
  const bytes = page.subarray(HEADER);
  if (read(page, position) < page.length) throw wrong('it ends in its first pages');
  if (page.readUInt16LE(18) !== META || bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== VERSION || bytes.readBigUInt64LE(8) !== 0n) throw wrong(`its page at ${position} is no meta page`);
  const meta: Meta = { size: bytes.readUInt32LE(24), free: treeAt(bytes, 24), main: treeAt(bytes, 72), last: numberAt(bytes, 120), transaction: numberAt(bytes, 128) };
  if (meta.free.flags !== FREE_FLAGS || meta.main.flags !== 0 || bytes.readUInt32LE(72) !== 0 || meta.size < 512 || meta.size > 65_536 || (meta.size & (meta.size - 1)) !== 0) throw wrong(`its meta page at ${position} is of no store of ours`);
  return meta;
}

/** Of processors of the kind x64, on all systems. */
const PAGE = 4_096;
/** What the package asks to be mapped of a new file. */
const FIRST_MAP = 131_072;

/** The beginning of a file with nothing in it, as LMDB makes it where pages have 4,096 bytes: both meta pages, of no transaction. */
export function newMetaPages(): Buffer {
  const pages = Buffer.alloc(2 * PAGE);
  for (const number of [0, 1]) {
    const at = number * PAGE;
    pages.writeBigUInt64LE(BigInt(number), at);
    pages.writeUInt16LE(META, at + 18);
    const meta = pages.subarray(at + HEADER, at + HEADER + META_SIZE);
    meta.writeUInt32LE(MAGIC, 0);
    meta.writeUInt32LE(VERSION, 4);
    meta.writeBigUInt64LE(BigInt(FIRST_MAP), 16);
    meta.writeUInt32LE(PAGE, 24);
    meta.writeUInt16LE(FREE_FLAGS, 28);
    for (const root of [64, 112]) meta.writeBigUInt64LE(NONE, root);
    meta.writeBigUInt64LE(1n, 120); // the last page
  }
  return pages;
}

const word = (bytes: Buffer, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);

/** Of two keys, each from one place of its buffer to another. */
type Order = (a: Buffer, from: number, to: number, b: Buffer, start: number, end: number) => number;

function byBytes(a: Buffer, from: number, to: number, b: Buffer, start: number, end: number): number {
  let [i, k] = [from, start];
  while (i < to && k < end && a[i] === b[k]) {
    i++;
    k++;
  }
  return i < to && k < end ? (a[i] ?? 0) - (b[k] ?? 0) : to - i - (end - k);
}

/** Keys of free pages are numbers of transactions. */
const byNumber: Order = (a, from, to, b, start, end) => (to - from === 8 && end - start === 8 ? Number(a.readBigUInt64LE(from) - b.readBigUInt64LE(start)) : 0);

/** The newer meta page of a file. */
function newest(read: ReadAt): Meta {
  const first = metaAt(read, 0);
  const second = metaAt(read, first.size);
  if (second.size !== first.size) throw wrong('its meta pages are of two sizes');
  return first.transaction >= second.transaction ? first : second;
}

/**
 * Walks a file of `size` bytes; throws `state-damaged` with the first thing that is wrong. Yields after each page. `entry` is told of each entry in order; without it the pages of entries are not read, only
 * what leads to them.
 */
export function* walkPages(read: ReadAt, size: number, entry?: (entry: PageEntry) => void): Generator<void, void> {
  const meta = newest(read);
  const pages = Math.floor(size / meta.size);
  if (meta.last < 1 || meta.last > 2 ** 40) throw wrong('the number of its last page');
  const used = new Uint8Array(Math.min(pages, meta.last + 1));
  used.fill(1, 0, 2);

  const use = (page: number, what: number): void => {
    if (!(page < used.length) || page < 2) throw wrong(`page ${page} lies outside of it`);
    if (used[page] !== 0) throw wrong(`page ${page} is used twice`);
    used[page] = what;
  };
  /** A page for each level of a tree: what is read at one stays while those below are. */
  const levels: Buffer[] = [];
  const load = (page: number, level: number, kind: (flags: number) => boolean): Buffer => {
    use(page, 1);
    const bytes = (levels[level] ??= Buffer.alloc(meta.size));
    if (read(bytes, page * meta.size) < meta.size) throw wrong(`it ends in page ${page}`);
    if (numberAt(bytes, 0) !== page || numberAt(bytes, 8) > meta.transaction || bytes.readUInt16LE(16) !== 0 || !kind(bytes.readUInt16LE(18))) throw wrong(`page ${page} is another`);
    return bytes;
  };
  const overflow = (bytes: Buffer, at: number, length: number): { readonly pages: number; readonly value: Buffer } => {
    const page = numberAt(bytes, at);
    // More than it needs, if it became shorter in the transaction that made it.
    const count = numberAt(bytes, at + 16);
    if (count < Math.floor((HEADER - 1 + length) / meta.size) + 1 || numberAt(bytes, at + 8) > meta.transaction) throw wrong(`pages from ${page} on are not as many as their entry needs`);
    const head = load(page, OF_VALUES, flags => flags === OVERFLOW);
    if (head.readUInt32LE(20) !== count) throw wrong(`page ${page} begins another number of pages`);
    for (let next = page + 1; next < page + count; next++) use(next, 1);
    const value = Buffer.allocUnsafe(length);
    if (read(value, page * meta.size + HEADER) < length) throw wrong(`it ends in page ${page}`);
    return { pages: count, value };
  };

  const last: PageEntry = { keys: Buffer.alloc(0), key: 0, keyEnd: 0, values: Buffer.alloc(0), value: 0, valueEnd: 0 };

  /** An entry of a leaf; answers how many pages it has beside it. */
  const look = (bytes: Buffer, page: number, at: number, keyEnd: number, visit: ((entry: PageEntry) => void) | undefined): number => {
    const flags = word(bytes, at + 4);
    const length = word(bytes, at) + word(bytes, at + 2) * 65_536;
    last.keys = bytes;
    last.key = at + NODE;
    last.keyEnd = keyEnd;
    let pages = 0;
    if (flags === BIG && keyEnd + 24 <= meta.size) {
      const big = overflow(bytes, keyEnd, length);
      pages = big.pages;
      last.values = big.value;
      last.value = 0;
    } else if (flags === 0 && keyEnd + length <= meta.size) {
      last.values = bytes;
      last.value = keyEnd;
    } else throw wrong(`an entry of page ${page} is of no kind there is`);
    last.valueEnd = last.value + length;
    visit?.(last);
    return pages;
  };

  function* walk(tree: Tree, order: Order, visit: ((entry: PageEntry) => void) | undefined): Generator<void, void> {
    let [branches, leaves, overflows, entries] = [0, 0, 0, 0];
    function* below(page: number, depth: number, low: Buffer | undefined, high: Buffer | undefined): Generator<void, void> {
      const leaf = depth === tree.depth;
      if (leaf && visit === undefined) return use(page, 1);
      const bytes = load(page, depth, flags => flags === (leaf ? LEAF : BRANCH));
      yield;
      const [lower, upper] = [word(bytes, 20), word(bytes, 22)];
      const count = lower >> 1;
      if (lower % 2 !== 0 || lower > upper || upper > meta.size - HEADER || count < (leaf ? 1 : 2)) throw wrong(`page ${page} has no room for what it says`);
      if (leaf) leaves++;
      else branches++;
      const keys: Buffer[] = [];
      // The first key of a branch says nothing: what is below it begins where the branch does.
      let [before, beforeEnd] = [0, 0];
      for (let i = 0; i < count; i++) {
        const pointer = word(bytes, HEADER + 2 * i);
        const at = pointer + HEADER;
        if (pointer < upper || at + NODE > meta.size) throw wrong(`an entry of page ${page} lies outside of it`);
        const key = at + NODE;
        const keyEnd = key + word(bytes, at + 6);
        if (keyEnd > meta.size) throw wrong(`a key of page ${page} lies outside of it`);
        if (!leaf) {
          keys.push(bytes.subarray(key, keyEnd));
          continue;
        }
        if (i > 0 && order(bytes, before, beforeEnd, bytes, key, keyEnd) >= 0) throw wrong(`keys of page ${page} are not in order`);
        // Those between are, if the first and the last are.
        if (i === 0 && low !== undefined && order(low, 0, low.length, bytes, key, keyEnd) > 0) throw wrong(`keys of page ${page} are not in order`);
        if (i === count - 1 && high !== undefined && order(bytes, key, keyEnd, high, 0, high.length) >= 0) throw wrong(`keys of page ${page} are not in order`);
        [before, beforeEnd] = [key, keyEnd];
        entries++;
        overflows += look(bytes, page, at, keyEnd, visit);
      }
      if (leaf) return;
      for (let i = 0; i < count; i++) {
        const at = word(bytes, HEADER + 2 * i) + HEADER;
        const child = word(bytes, at) + word(bytes, at + 2) * 2 ** 16 + word(bytes, at + 4) * 2 ** 32;
        const [from, to] = [i === 0 ? low : keys[i], keys[i + 1] ?? high];
        if (from !== undefined && to !== undefined && order(from, 0, from.length, to, 0, to.length) >= 0) throw wrong(`keys of page ${page} are not in order`);
        yield* below(child, depth + 1, from, to);
      }
    }
    if (tree.root !== NONE) yield* below(Number(tree.root), 1, undefined, undefined);
    else if (tree.entries !== 0 || tree.depth !== 0) throw wrong('a tree has no root');
    if (branches !== tree.branches || (visit !== undefined && (leaves !== tree.leaves || overflows !== tree.overflow || entries !== tree.entries))) throw wrong('its pages or entries are not as many as it says');
  }

  yield* walk(meta.main, byBytes, entry);
  let beyond = 0;
  const free: Buffer[] = [];
  yield* walk(meta.free, byNumber, ({ values, value, valueEnd }) => void free.push(Buffer.from(values.subarray(value, valueEnd))));
  for (const list of free) {
    if (list.length < 8 || list.length < 8 + 8 * numberAt(list, 0)) throw wrong('a list of free pages is cut');
    // A list has gaps (0), single pages, and runs of pages: minus their number, then the first. LMDB takes what follows such a number for a page, even behind the end of the list.
    let length = 0;
    for (let i = 1; i <= numberAt(list, 0); i++) {
      const item = list.readBigInt64LE(8 * i);
      if (item <= 0n && length > 0) break;
      if (item === 0n) continue;
      if (item < 0n) {
        length = Number(-item);
        continue;
      }
      const run = Math.max(1, length);
      length = 0;
      const first = numberAt(list, 8 * i);
      if (first + run - 1 > meta.last) throw wrong(`page ${first} is free and lies outside of it`);
      for (let page = first; page < first + run && page < used.length; page++) use(page, 2);
      beyond += Math.max(0, first + run - Math.max(first, pages));
    }
    if (length > 0) throw wrong('a list of free pages names a run without its first page');
  }
  // Pages at the end need not be in the file if they are free. LMDB maps as much as its last page asks for, and ends the process if there is no such room.
  if (meta.last + 1 > pages + beyond) throw wrong('it ends before its last page');
}
