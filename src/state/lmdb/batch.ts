/**
 * Entries on their way to the disk. They are encoded in the order in which they are in memory and written in that of the disk, which is another (keys are spread by a hash): whoever goes from one object to the next in
 * the second order waits for memory at each. What is written lies in one piece, a record after the other: length of the place, length of the value, what is known of the old entry, its checksum, place, value.
 */
import { compareKeys } from '../../core/key.js';
import { viewsFrom } from '../../core/views.js';
import type { Key, Sub } from '../../core/values.js';
import { KEY_GROUPS } from '../key-group.js';
import { before } from '../rows.js';
import { ABSENT, UNKNOWN } from './kept.js';

/** So much is written in one order; a commit of more writes several such batches. */
const MOST_BYTES = 33_554_432;
/** Longer places and values, together, are not worth a copy. */
const MOST_ENTRY = 65_536;
/** What an entry of the usual kind takes: a batch that need not grow is not copied. */
const USUAL_ENTRY = 128;
const HEAD_WORDS = 4;
/** The length of no value: the entry is to be removed. */
const REMOVED = -1;
const KNOWN = 0;

/** What is called for each entry: `old` is the checksum it has on the disk, or ABSENT or UNKNOWN. Its bytes are overwritten when it has returned. */
export type WriteEntry = (place: Buffer, value: Buffer | undefined, old: number) => void;

export interface Batch {
  /** `false`: there is no room for it until what there is was written; or, if there is nothing, at all. */
  add(key: Key, sub: Sub | undefined, place: Buffer, value: Buffer | undefined, old: number): boolean;
  /** Hands all of it out, in the order of the disk, and is empty. Each step may be a pause. */
  drain(write: WriteEntry): Generator<void, void>;
}

const wordsFor = (bytes: number): number => (bytes + 3) >>> 2;

/** A buffer for what is handed out. */
function outlet(): { readonly words: Int32Array; readonly upTo: (end: number) => Buffer } {
  const bytes = Buffer.alloc(MOST_ENTRY);
  return { words: new Int32Array(bytes.buffer, bytes.byteOffset, MOST_ENTRY / 4), upTo: viewsFrom(bytes, 0) };
}

/** A batch for about so many entries, of at most so many bytes. */
export function newBatch(entries: number, most = MOST_BYTES): Batch {
  let bytes = new Uint8Array(Math.min(most, Math.max(MOST_ENTRY, entries * USUAL_ENTRY)));
  let words = new Int32Array(bytes.buffer);
  let end = 0;
  let count = 0;
  let keys: Key[] = [];
  let subs: (Sub | undefined)[] = [];
  /** Where the records begin, in words; and their numbers, by key group. */
  let starts: number[] = [];
  const groups: number[][] = Array.from({ length: KEY_GROUPS }, () => []);
  const place = outlet();
  const value = outlet();

  const reserve = (more: number): boolean => {
    const needed = (end + more) * 4;
    if (needed > most) return false;
    if (needed > bytes.length) {
      const grown = new Uint8Array(Math.min(most, Math.max(needed, bytes.length * 2)));
      grown.set(bytes);
      bytes = grown;
      words = new Int32Array(grown.buffer);
    }
    return true;
  };
  const inOrder = (a: number, b: number): number => {
    const x = keys[a];
    const y = keys[b];
    if (typeof x === 'string' && typeof y === 'string') {
      if (x !== y) return x < y ? -1 : 1;
    } else if (x !== undefined && y !== undefined) {
      const order = compareKeys(x, y);
      if (order !== 0) return order;
    }
    const sub = subs[a];
    const other = subs[b];
    if (sub === undefined || other === undefined) return sub === other ? 0 : sub === undefined ? -1 : 1;
    return before(sub, other) ? -1 : 1;
  };
  const handOut = (to: ReturnType<typeof outlet>, from: number, length: number): Buffer => {
    const stop = wordsFor(length);
    const source = words;
    const target = to.words;
    for (let i = 0; i < stop; i++) target[i] = source[from + i] ?? 0;
    return to.upTo(length);
  };

  return {
    add(key, sub, at, entry, old) {
      const length = entry?.length ?? 0;
      if (at.length + length > MOST_ENTRY || !reserve(HEAD_WORDS + wordsFor(at.length) + wordsFor(length))) return false;
      groups[((at[4] ?? 0) << 8) | (at[5] ?? 0)]?.push(count++);
      keys.push(key);
      subs.push(sub);
      starts.push(end);
      words[end] = at.length;
      words[end + 1] = entry === undefined ? REMOVED : length;
      words[end + 2] = old < 0 ? old : KNOWN;
      words[end + 3] = old;
      end += HEAD_WORDS;
      bytes.set(at, end * 4);
      end += wordsFor(at.length);
      if (entry !== undefined) bytes.set(entry, end * 4);
      end += wordsFor(length);
      return true;
    },
    *drain(write) {
      for (const numbers of groups) {
        numbers.sort(inOrder);
        for (const number of numbers) {
          const start = starts[number] ?? 0;
          const placeLength = words[start] ?? 0;
          const length = words[start + 1] ?? REMOVED;
          const state = words[start + 2] ?? UNKNOWN;
          const placeStart = start + HEAD_WORDS;
          write(
            handOut(place, placeStart, placeLength),
            length === REMOVED ? undefined : handOut(value, placeStart + wordsFor(placeLength), length),
            state === KNOWN ? (words[start + 3] ?? 0) >>> 0 : state === ABSENT ? ABSENT : UNKNOWN,
          );
          yield;
        }
        numbers.length = 0;
      }
      end = 0;
      count = 0;
      keys = [];
      subs = [];
      starts = [];
    },
  };
}
