/** How the tests of files read and write: parsers over chunks (`drive.ts`), sources and sinks without a job, folders that go away again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { gather, nothing, type Out } from './drive.js';
import { systemEnvironment } from '../../../src/core/clock.js';
import type { Source } from '../../../src/core/source.js';
import type { FailedWrite, Sink, SinkWriter } from '../../../src/core/sink.js';
import type { Json, Position } from '../../../src/core/values.js';
import { DataError } from '../../../src/core/errors.js';

export * from './drive.js';

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
  sink.open({ job: 'job', step: 'sink', generation: 1, restored, checkpoint: 0, environment: systemEnvironment(new AbortController().signal) });

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
