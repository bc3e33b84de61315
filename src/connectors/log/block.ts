/**
 * Blocks of events: what a master log keeps as one record. A byte that says how, the number of events, their times as doubles, then the events: as one JSON array, or, one that JSON would not give back as it is, as `encodeValue` writes it.
 */
import { decodeValue, encodeValue, jsonOf } from '../../core/encoding.js';
import { DataError, causeText } from '../../core/errors.js';
import type { Time } from '../../core/values.js';

const JSON_ARRAY = 1;
const SINGLE = 2;
const HEAD = 5;

/** Gathers events until a block is full. */
export interface BlockBuilder {
  readonly size: number;
  /** About how many bytes the block will have. */
  readonly bytes: number;
  /** Takes an event; `false`: it does not fit to those before, which must be taken off first. Throws a DataError for what is no plain data. */
  add(value: unknown, time: Time): boolean;
  /** The block, and begins another. */
  take(): Uint8Array;
}

export function blockBuilder(): BlockBuilder {
  let texts: string[] = [];
  let times: Time[] = [];
  let single: Buffer | undefined;
  let bytes = 0;
  return {
    get size() {
      return times.length;
    },
    get bytes() {
      return bytes;
    },
    add(value, time) {
      const text = jsonOf(value);
      if (single !== undefined || (text === undefined && times.length > 0)) return false;
      if (text === undefined) single = encodeValue(value, () => 'An event for the log');
      else texts.push(text);
      times.push(time);
      bytes += 8 + (text ?? single ?? '').length;
      return true;
    },
    take() {
      const text = single === undefined ? `[${texts.join(',')}]` : '';
      const start = HEAD + 8 * times.length;
      const block = Buffer.allocUnsafe(start + (single?.length ?? Buffer.byteLength(text)));
      block[0] = single === undefined ? JSON_ARRAY : SINGLE;
      block.writeUInt32LE(times.length, 1);
      for (let i = 0; i < times.length; i++) block.writeDoubleLE(times[i] ?? 0, HEAD + 8 * i);
      if (single === undefined) block.write(text, start);
      else single.copy(block, start);
      texts = [];
      times = [];
      single = undefined;
      bytes = 0;
      return block;
    },
  };
}

/** The events of a block. */
export function eventsOf(block: Uint8Array, where: () => string): { readonly values: readonly unknown[]; readonly times: readonly Time[] } {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  try {
    const count = bytes.readUInt32LE(1);
    const times: Time[] = [];
    for (let i = 0; i < count; i++) times.push(bytes.readDoubleLE(HEAD + 8 * i));
    const start = HEAD + 8 * count;
    const values = bytes[0] === JSON_ARRAY ? (JSON.parse(bytes.toString('utf8', start)) as readonly unknown[]) : [decodeValue(bytes.subarray(start))];
    if (values.length === count) return { values, times };
  } catch (cause) {
    throw new DataError('log-damaged', `${where()} is no block of events (${causeText(cause)}): the folder is that of another log, or was written by a later version.`, undefined, { cause });
  }
  throw new DataError('log-damaged', `${where()} is no block of events: the folder is that of another log, or was written by a later version.`);
}
