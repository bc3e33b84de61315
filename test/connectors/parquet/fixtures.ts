/** Parquet files of the tests, written on the spot, and a way to read one to its end. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer';
import { inject } from 'vitest';
import { systemEnvironment } from '../../../src/core/clock.js';
import type { Reader, Source } from '../../../src/core/source.js';
import type { Position } from '../../../src/core/values.js';

const folder = mkdtempSync(join(inject('folder'), 'parquet-'));

let files = 0;

/** A path in a folder that is removed after the run. */
export const newPath = (): string => join(folder, `${files++}.parquet`);

/** Writes bytes as a file. */
export function written(bytes: Uint8Array | ArrayBuffer): string {
  const path = newPath();
  writeFileSync(path, new Uint8Array(bytes));
  return path;
}

export type WriteOptions = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>;

/** The bytes of a file with these columns. */
export const bytesOf = (columnData: ColumnSource[], options: WriteOptions = {}): Uint8Array => new Uint8Array(parquetWriteBuffer({ columnData, ...options }));

/** A file with these columns. */
export const fileOf = (columnData: ColumnSource[], options: WriteOptions = {}): string => written(bytesOf(columnData, options));

export const never = new AbortController().signal;
export const environment = systemEnvironment(never);

/** Opens the only split of a source, or the one named. */
export const opened = async <T>(source: Source<T>, from?: Position, split?: string): Promise<Reader<T>> =>
  source.open(split ?? ((await source.splits(environment)) as readonly string[])[0]!, from, environment);

/** All rows from a position on, each with the position to resume after it. */
export async function readAll<T>(source: Source<T>, max = 1_000, from?: Position, split?: string): Promise<{ rows: T[]; after: Position[]; at: Position[] }> {
  const reader = await opened(source, from, split);
  const [rows, after, at]: [T[], Position[], Position[]] = [[], [], []];
  try {
    for (;;) {
      const batch = await reader.read(max, never);
      if (batch === 'end') return { rows, after, at };
      if (batch === 'idle') continue;
      rows.push(...batch.values);
      batch.values.forEach((_, i) => at.push(batch.positionOf!(i)));
      after.push(batch.position);
    }
  } finally {
    await reader.close();
  }
}
