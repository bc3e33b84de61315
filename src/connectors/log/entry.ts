/** What stands in a write-ahead log: values and records that could not be read, each with the time it came; what a batch said beside its values; the end of the input. */
import { decodeValue, encodeAfter } from '../../core/encoding.js';
import { DataError, causeText } from '../../core/errors.js';
import type { Batch } from '../../core/source.js';
import type { Json, Position, Time } from '../../core/values.js';

export type Entry =
  | { readonly kind: 'value'; readonly time: Time; readonly value: unknown }
  | { readonly kind: 'failed'; readonly time: Time; readonly input: unknown; readonly cause: DataError; readonly position: Position }
  | { readonly kind: 'after'; readonly watermark: Time | undefined; readonly idle: boolean | undefined }
  | { readonly kind: 'end' };

const VALUE = 1;
const FAILED = 2;
const AFTER = 3;
const END = 4;
/** The kind, and a time. */
const HEAD = 9;
/** Characters that are kept of what cannot be kept. */
const SHOWN = 1_000;

function encode(kind: number, time: Time, content: unknown): Buffer {
  const bytes = encodeAfter(HEAD, content, () => 'A record for the log');
  bytes[0] = kind;
  bytes.writeDoubleLE(time, 1);
  return bytes;
}

function encodeFailed(time: Time, input: unknown, cause: unknown, position: Position): Buffer {
  const code = cause instanceof DataError ? cause.code : 'source';
  try {
    return encode(FAILED, time, { input, code, message: causeText(cause), position });
  } catch {
    return encode(FAILED, time, { input: causeText(input).slice(0, SHOWN), code, message: causeText(cause), position });
  }
}

/** A batch as entries; values that cannot be kept (a class instance, a function, one that is too large) become records that could not be read. */
export function encodeBatch(batch: Batch<unknown>, now: Time, most: number): Buffer[] {
  const entries: Buffer[] = [];
  const failed = [...(batch.failed ?? [])];
  const failuresBefore = (index: number): void => {
    for (let next = failed[0]; next !== undefined && next.before <= index; next = failed[0]) {
      failed.shift();
      entries.push(encodeFailed(now, next.input, next.cause, next.position));
    }
  };
  batch.values.forEach((value, index) => {
    failuresBefore(index);
    const time = batch.times?.[index] ?? now;
    const position = batch.positionOf?.(index) ?? batch.position;
    try {
      const entry = encode(VALUE, time, value);
      if (entry.length > most) throw new DataError('log-record', `The record has ${entry.length} bytes, more than maxRecordBytes (${most}).`);
      entries.push(entry);
    } catch (cause) {
      entries.push(encodeFailed(time, causeText(value).slice(0, SHOWN), cause, position));
    }
  });
  failuresBefore(batch.values.length);
  const { watermark, idle } = batch;
  if (watermark !== undefined || idle !== undefined) entries.push(encode(AFTER, 0, { watermark, idle }));
  return entries;
}

export const endEntry = (): Buffer => encode(END, 0, null);

/** Reads an entry back; throws when it is none. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const time = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readDoubleLE(1);
  const content = decodeValue(bytes.subarray(HEAD));
  switch (bytes[0]) {
    case VALUE:
      return { kind: 'value', time, value: content };
    case FAILED: {
      const { input, code, message, position } = content as { readonly input: unknown; readonly code: string; readonly message: string; readonly position: Json }; // as it was written above, under a checksum
      return { kind: 'failed', time, input, cause: new DataError(code, message, input), position };
    }
    case AFTER: {
      const { watermark, idle } = content as { readonly watermark?: Time; readonly idle?: boolean }; // as above
      return { kind: 'after', watermark, idle };
    }
    case END:
      return { kind: 'end' };
    default:
      throw new DataError('log-entry', `There is no entry of kind ${String(bytes[0])} in a write-ahead log. The folder is that of another log; give this one a folder of its own.`, bytes[0]);
  }
}
