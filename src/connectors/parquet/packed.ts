/**
 * A decoded column on its way from the decoding thread. Everything in it is a buffer that changes hands without being copied, because what is copied
 * between threads is read back in one piece on the event loop: 270,000 strings hold it for 30 ms. Values that fit no typed array stay serialized, in parts
 * of a few hundred rows, until a batch needs them.
 */
import { deserialize } from 'node:v8';

/** One column of one row group. */
export type Packed =
  | { readonly kind: 'numbers' | 'times'; readonly values: Float64Array; readonly nulls: Uint8Array | undefined }
  /** Few distinct values, each once. */
  | { readonly kind: 'words'; readonly words: readonly unknown[]; readonly indexes: Uint16Array }
  /** Serialized arrays of `size` values each, the last one shorter. */
  | { readonly kind: 'parts'; readonly parts: readonly Uint8Array[]; readonly size: number };

/** Sets one field of every row from the column's values, the first row being number `from` of the group. */
type Fill = (rows: readonly Record<string, unknown>[], from: number) => void;

function filler(name: string, column: Packed): Fill {
  switch (column.kind) {
    case 'words': {
      const { words, indexes } = column;
      return (rows, from) => {
        let i = from;
        for (const row of rows) row[name] = words[indexes[i++] ?? 0];
      };
    }
    case 'parts': {
      let at = -1;
      let part: readonly unknown[] = [];
      return (rows, from) => {
        let i = from;
        for (const row of rows) {
          const wanted = Math.floor(i / column.size);
          if (wanted !== at) part = deserialize(column.parts[(at = wanted)] ?? new Uint8Array()) as unknown[];
          row[name] = part[i++ - wanted * column.size];
        }
      };
    }
    case 'times': {
      const { values, nulls } = column;
      return (rows, from) => {
        let i = from;
        for (const row of rows) {
          row[name] = nulls?.[i] === 1 ? null : new Date(values[i] ?? Number.NaN);
          i++;
        }
      };
    }
    case 'numbers':
  }
  const { values, nulls } = column;
  return (rows, from) => {
    let i = from;
    for (const row of rows) {
      row[name] = nulls?.[i] === 1 ? null : values[i];
      i++;
    }
  };
}

/** Makes the rows `from` (inclusive) to `to` (exclusive) of a group as objects. */
export type Rows = (from: number, to: number) => Record<string, unknown>[];

/** Rows over columns. All rows are copies of one template: they share a shape, which is twice as fast to make and to read as adding fields one by one. */
export function rowsOf(columns: readonly { readonly name: string; readonly column: Packed }[]): Rows {
  const template = Object.fromEntries(columns.map(({ name }) => [name, undefined]));
  const fills = columns.map(({ name, column }) => filler(name, column));
  return (from, to) => {
    const rows = Array.from({ length: to - from }, () => ({ ...template }));
    for (const fill of fills) fill(rows, from);
    return rows;
  };
}
