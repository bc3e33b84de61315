/** Packs decoded columns for their way to the main thread. Part of the thread's program (see decode.ts): these functions use nothing but each other. */
import type { DecodedArray } from 'hyparquet';
import type { Packed } from './packed.js';

/** Numbers where exact, `null` for what is missing, all the way down. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** As numbers, if every value is one (or missing). */
function packNumbers(chunks: readonly DecodedArray[], rows: number, kind: 'numbers' | 'times'): Packed | undefined {
  const values = new Float64Array(rows);
  let nulls: Uint8Array | undefined;
  let i = 0;
  for (const chunk of chunks) {
    for (let j = 0; j < chunk.length; j++, i++) {
      const value: unknown = chunk[j];
      if (typeof value === 'number') values[i] = value;
      else if (typeof value === 'bigint') {
        const number = Number(value);
        if (!Number.isSafeInteger(number)) return undefined;
        values[i] = number;
      } else if (value === null || value === undefined) (nulls ??= new Uint8Array(rows))[i] = 1;
      else return undefined;
    }
  }
  return { kind, values, nulls };
}

/** As a list of distinct texts, truth values and nulls with an index per row, if they are few. */
function packWords(chunks: readonly DecodedArray[], rows: number): Packed | undefined {
  const seen = new Map<unknown, number>();
  const indexes = new Uint16Array(rows);
  let i = 0;
  for (const chunk of chunks) {
    for (let j = 0; j < chunk.length; j++, i++) {
      const value: unknown = chunk[j] ?? null;
      let index = seen.get(value);
      if (index === undefined) {
        if (seen.size === 4_096 || (value !== null && typeof value !== 'string' && typeof value !== 'boolean')) return undefined;
        seen.set(value, (index = seen.size));
      }
      indexes[i] = index;
    }
  }
  return { kind: 'words', words: [...seen.keys()], indexes };
}

/** Any values, serialized in parts that are read back one by one. */
function packParts(chunks: readonly DecodedArray[], serialize: (value: unknown) => Uint8Array, limit: number): Packed {
  const size = 512;
  const parts: Uint8Array[] = [];
  let part: unknown[] = [];
  let bytes = 0;
  const cut = (): void => {
    // A copy of its own: what changes hands must not share its buffer with other memory of the thread.
    const serialized = new Uint8Array(serialize(part));
    bytes += serialized.length;
    if (bytes > limit) throw new Error(`a column has more than ${limit} bytes in one row group (twice limits.groupBytes)`);
    parts.push(serialized);
    part = [];
  };
  for (const chunk of chunks) {
    for (let j = 0; j < chunk.length; j++) {
      part.push(plain(chunk[j]));
      if (part.length === size) cut();
    }
  }
  if (part.length > 0) cut();
  return { kind: 'parts', parts, size };
}

/** The smallest form the values fit; `limit` bounds the bytes of those that fit only the largest. */
export function pack(chunks: readonly DecodedArray[], rows: number, kind: 'numbers' | 'times', serialize: (value: unknown) => Uint8Array, limit: number): Packed {
  return packNumbers(chunks, rows, kind) ?? packWords(chunks, rows) ?? packParts(chunks, serialize, limit);
}

/** The buffers of a packed column, which change hands instead of being copied. */
export function buffersOf(column: Packed): ArrayBufferLike[] {
  if (column.kind === 'parts') return column.parts.map(part => part.buffer);
  if (column.kind === 'words') return [column.indexes.buffer];
  return column.nulls === undefined ? [column.values.buffer] : [column.values.buffer, column.nulls.buffer];
}

/** Program text: what stands in {@link pack} and {@link buffersOf}. */
export const packProgram = { pack, buffersOf, plain, packNumbers, packWords, packParts };
