/** What a format is to the reader of files: bytes go in, batches come out. Pure, so that any split into chunks can be tested. */
import { DataError } from '../../core/errors.js';
import type { Batch, FailedRead } from '../../core/source.js';
import { positionOf } from './place.js';
import type { Lines } from './lines.js';

/** A format at work on one file. */
export interface Parser<out T> {
  /** Bytes that follow; they are copied. */
  feed(chunk: Uint8Array): void;
  /** There are no more. */
  finish(): void;
  /** Up to `max` records of what was fed; `undefined` when more has to be fed, or all is taken. */
  take(max: number): Batch<T> | undefined;
}

/** Characters of a broken record that are kept to be shown. */
const SHOWN = 1_000;

/** The line in hand as text, cut; of one that is too long, not more than is sure to have come. */
export const shownLine = ({ bytes, start, end }: Lines, maxBytes: number): string => {
  const most = Math.min(SHOWN, maxBytes);
  const text = bytes.toString('utf8', start, Math.min(end, start + most));
  return end - start > most ? `${text}…` : text;
};

/** A record that could not be read. `what` continues the sentence "Line 7 (byte 120) of "a.csv" ...". */
export function failedLine(code: string, path: string, at: { readonly byte: number; readonly line: number }, before: number, input: string, what: string, fix: string, cause?: unknown): FailedRead {
  const message = `Line ${at.line} (byte ${at.byte}) of "${path}" ${what} ${fix}`;
  return { before, input, cause: new DataError(code, message, input, cause === undefined ? undefined : { cause }), position: positionOf(at) };
}

/** Places of the values of one batch, in two typed arrays. */
export interface Places {
  add(lines: { readonly byte: number; readonly number: number }): void;
  of(index: number): { byte: number; line: number };
}

/** Room for `count` places. */
export function createPlaces(count: number): Places {
  const bytes = new Float64Array(count);
  const numbers = new Float64Array(count);
  let length = 0;
  return {
    add({ byte, number }) {
      bytes[length] = byte;
      numbers[length++] = number;
    },
    of: index => ({ byte: bytes[index] ?? Number.NaN, line: numbers[index] ?? Number.NaN }),
  };
}

/** The most that a read gives, whatever it was asked for. */
export const LARGEST_BATCH = 8_192;
