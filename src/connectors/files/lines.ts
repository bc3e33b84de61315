/**
 * Lines of a stream of bytes, in constant memory: chunks are fed, lines are taken. Only a line feed ends a line. The search is done on bytes, so that
 * places are exact whatever the encoding, and each line becomes a string of its own: a field cut out of it and kept (in keyed state, say) holds one line in
 * memory, not a chunk of a megabyte.
 *
 * The line in hand is described by fields that are overwritten by the next one; an object per line would cost more than finding it.
 */
import { isUtf8 } from 'node:buffer';
import type { Place } from './place.js';

/** `long`: the line is beyond the limit and has to be skipped. `wait`: feed more. */
export type Step = 'line' | 'long' | 'wait' | 'end';

export interface Lines {
  /** Holds the line in hand, from `start` to `end` (without line feed, and without the one carriage return before it if `carriage`). */
  bytes: Buffer;
  start: number;
  end: number;
  carriage: boolean;
  /** Of the line in hand in the file, from 0. */
  byte: number;
  /** Of the line in hand, from 1. */
  number: number;
  /** Copies the chunk. */
  feed(chunk: Uint8Array): void;
  /** There is no more. */
  finish(): void;
  next(): Step;
  /** Drops the line that is too long, up to its line feed, also if that has not come yet. */
  skip(): void;
  /** Is the line in hand UTF-8? */
  valid(): boolean;
  /** Keeps what follows the line in hand, for {@link Lines.rewind}; until then, or {@link Lines.release}, the place is that of the line in hand. */
  hold(): void;
  release(): void;
  /** Back to the line after the one held. */
  rewind(): void;
  /** Where to resume, to get what was not taken yet. */
  place(): Place;
}

const LF = 10;
const CR = 13;
const SMALLEST = 16 * 1_024;

const powerOfTwo = (size: number): number => 2 ** Math.ceil(Math.log2(size));

/** Lines from `from` on; a line of more than `maxBytes` bytes is `long`. */
export function createLines(from: Place, maxBytes: number): Lines {
  let used = 0;
  /** Place of `bytes[0]` in the file. */
  let base = from.byte;
  /** What was not taken yet begins here. */
  let position = 0;
  let line = from.line;
  /** All between `position` and here are whole lines. */
  let complete = 0;
  /** The whole lines are known to be UTF-8, checked in one go. */
  let allValid = false;
  let skipping = from.skip === true;
  let finished = false;
  let held: { readonly place: Place; next: number; readonly line: number } | undefined;

  const survey = (): void => {
    allValid = isUtf8(lines.bytes.subarray(position, complete));
  };
  const makeRoom = (length: number): void => {
    if (used + length <= lines.bytes.length) return;
    const keep = held === undefined ? position : held.next;
    const needed = used - keep + length;
    const room = needed <= lines.bytes.length ? lines.bytes : Buffer.allocUnsafe(Math.max(SMALLEST, powerOfTwo(needed)));
    lines.bytes.copy(room, 0, keep, used);
    lines.bytes = room;
    base += keep;
    used -= keep;
    position -= keep;
    complete -= keep;
    if (held !== undefined) held.next = 0;
  };
  /** Puts the line from `position` to `stop` in hand. */
  const take = (stop: number, whole: boolean): Step => {
    const { bytes } = lines;
    lines.carriage = stop > position && bytes[stop - 1] === CR;
    lines.start = position;
    lines.end = lines.carriage ? stop - 1 : stop;
    lines.byte = base + position;
    lines.number = line;
    if (lines.end - lines.start > maxBytes) return 'long';
    if (lines.byte === 0 && bytes[position] === 0xef && bytes[position + 1] === 0xbb && bytes[position + 2] === 0xbf && lines.end >= position + 3) lines.start += 3;
    if (whole) pass(stop);
    return 'line';
  };
  const pass = (stop: number): void => {
    position = stop < complete ? stop + 1 : stop;
    line++;
  };
  /** The line feed of the line at `position`, or where the bytes end. */
  const stopOf = (): number => (position < complete ? lines.bytes.indexOf(LF, position) : used);

  const lines: Lines = {
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    carriage: false,
    byte: 0,
    number: 0,
    feed(chunk) {
      makeRoom(chunk.length);
      lines.bytes.set(chunk, used);
      const last = chunk.lastIndexOf(LF);
      if (last >= 0) {
        complete = used + last + 1;
        used += chunk.length;
        survey();
      } else used += chunk.length;
    },
    finish() {
      finished = true;
    },
    next() {
      if (skipping) {
        const stop = stopOf();
        const found = position < complete;
        position = found ? stop + 1 : used;
        if (!found) return finished ? 'end' : 'wait';
        skipping = false;
        line++;
      }
      if (position < complete) return take(lines.bytes.indexOf(LF, position), true);
      if (!finished) return used - position > maxBytes && take(used, false) === 'long' ? 'long' : 'wait';
      if (position >= used) return 'end';
      allValid = false;
      return take(used, true);
    },
    skip() {
      skipping = true;
    },
    valid: () => allValid || isUtf8(lines.bytes.subarray(lines.start, lines.end)),
    hold() {
      held = { place: { byte: lines.byte, line: lines.number }, next: position, line };
    },
    release() {
      held = undefined;
    },
    rewind() {
      if (held === undefined) return;
      position = held.next;
      line = held.line;
      allValid = false;
      held = undefined;
    },
    place() {
      if (held !== undefined) return held.place;
      const here = { byte: base + position, line };
      return skipping ? { ...here, skip: true } : here;
    },
  };
  return lines;
}
