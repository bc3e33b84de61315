/** How the tests of files read and write: parsers over chunks, sources and sinks without a job, folders that go away again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { systemEnvironment } from '../../../src/core/clock.js';
import type { Batch, Source } from '../../../src/core/source.js';
import type { FailedWrite, Sink, SinkWriter } from '../../../src/core/sink.js';
import type { Json, Position } from '../../../src/core/values.js';
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

/** Reads a source to its end, all splits. */
export async function readAll<T>(source: Source<T>, from?: Position, max = 1_024, signal = new AbortController().signal): Promise<Omit<Out, 'values'> & { readonly values: T[] }> {
  const environment = systemEnvironment(signal);
  const out = nothing();
  for (const split of (await source.splits(environment)) as readonly string[]) {
    const reader = await source.open(split, from, environment);
    try {
      for (;;) {
        const batch = await reader.read(max, signal);
        if (batch === 'end') break;
        if (batch !== 'idle') gather(batch, out);
      }
    } finally {
      await reader.close();
    }
  }
  return { ...out, values: out.values as T[] };
}

export const openSink = async <T>(sink: Sink<T>, restored: readonly Json[] = []): Promise<SinkWriter<T>> =>
  sink.open({ job: 'job', step: 'sink', generation: 1, restored, environment: systemEnvironment(new AbortController().signal) });

/** Writes and closes well; answers what failed. */
export async function writeAll<T>(sink: Sink<T>, values: readonly T[], perWrite = 1_024): Promise<readonly (FailedWrite & { readonly code: string })[]> {
  const writer = await openSink(sink);
  const failed: (FailedWrite & { readonly code: string })[] = [];
  for (let i = 0; i < values.length; i += perWrite) {
    const part = values.slice(i, i + perWrite);
    for (const { index, cause } of (await writer.write(part, part.map(() => 0))) ?? []) failed.push({ index: i + index, cause, code: cause instanceof DataError ? cause.code : String(cause) });
  }
  await writer.close('done');
  return failed;
}

/** The error a promise is rejected with. */
export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it was expected to fail');
    },
    (error: unknown) => error,
  );

/** Folders for the tests of one file, removed after each. */
export function folders(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-files-'));
    made.push(folder);
    return folder;
  };
}
