/** Parsers over chunks, without a job and without a test framework: what came out, in order. */
import type { Batch } from '../../../src/core/source.js';
import type { Position } from '../../../src/core/values.js';
import { DataError } from '../../../src/core/errors.js';
import { csvParser, type CsvReading } from '../../../src/connectors/files/csv-parser.js';
import { ndjsonParser, type JsonReading } from '../../../src/connectors/files/ndjson-parser.js';
import type { Parser } from '../../../src/connectors/files/parser.js';
import { BEGINNING, type Place } from '../../../src/connectors/files/place.js';

/** All that came out, records and failures in their order. */
export interface Out {
  readonly values: unknown[];
  readonly positions: Position[];
  readonly failures: { readonly code: string; readonly position: Position; readonly message: string; readonly input: unknown; readonly before: number }[];
  /** Of the last batch. */
  position: Position | undefined;
}

export const nothing = (): Out => ({ values: [], positions: [], failures: [], position: undefined });

export function gather(batch: Batch<unknown>, out: Out): void {
  const first = out.values.length;
  batch.values.forEach((value, i) => {
    out.values.push(value);
    out.positions.push(batch.positionOf?.(i) ?? batch.position);
  });
  for (const { before, cause, position, input } of batch.failed ?? [])
    out.failures.push({ before: first + before, code: cause instanceof DataError ? cause.code : String(cause), message: String(cause), position, input });
  out.position = batch.position;
}

/** All but the last place, which may say in two ways that a line too long is being passed over. */
export const told = ({ values, positions, failures }: Out): Omit<Out, 'position'> => ({ values, positions, failures });

/** Feeds the chunks, taking after each. */
export function drive(parser: Parser<unknown>, chunks: readonly Uint8Array[], max = 1_024): Out {
  const out = nothing();
  const take = (): void => {
    for (let batch = parser.take(max); batch !== undefined; batch = parser.take(max)) gather(batch, out);
  };
  for (const chunk of chunks) {
    parser.feed(chunk);
    take();
  }
  parser.finish();
  take();
  return out;
}

/** Cuts bytes at the places given (in any order). */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map(p => p % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

const json: JsonReading = { maxLineBytes: 2 ** 20, maxDepth: 128, bigints: 'reject', duplicateKeys: 'last' };
export const jsonParser = (options: Partial<JsonReading> = {}, from: Place = BEGINNING): Parser<unknown> => ndjsonParser('a.ndjson', from, { ...json, ...options });

const rows: CsvReading<unknown> = { delimiter: ',', quote: '"', maxLineBytes: 2 ** 20, maxColumns: 10_000, width: undefined, make: (fields, count) => fields.slice(0, count) };
export const rowParser = (options: Partial<CsvReading<unknown>> = {}, from: Place = BEGINNING): Parser<unknown> => csvParser('a.csv', from, { ...rows, ...options });

export const bytesOf = (...parts: readonly (string | readonly number[])[]): Buffer => Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
