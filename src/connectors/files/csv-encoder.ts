/** Records to lines of CSV. */
import { z } from 'zod';
import { DataError } from '../../core/errors.js';
import type { Json } from '../../core/values.js';
import { columns as columnsOption } from '../settings.js';
import { cellWriter } from './csv-cell.js';
import { characters, type ShapeOf } from './options.js';
import type { Encoder } from './sink.js';

/** How records become rows. */
export interface CsvRowOptions {
  /** Names of the columns, in their order; by default the property names of the first record. */
  readonly columns?: readonly string[] | undefined;
  /** Whether the file begins with the names of the columns; `true` by default, as far as there are names. */
  readonly header?: boolean | undefined;
  /** Texts that a spreadsheet would run as a formula get an apostrophe in front; `true` by default. Numbers, and texts that are numbers, stay as they are. */
  readonly csvSafe?: boolean | undefined;
  /** One character; `,` by default. */
  readonly delimiter?: string | undefined;
  /** One character; `"` by default. */
  readonly quote?: string | undefined;
}

export const csvRows = {
  columns: columnsOption,
  header: z.boolean().default(true),
  csvSafe: z.boolean().default(true),
  ...characters,
} satisfies ShapeOf<CsvRowOptions>;

/** Encoders for these options, filled in; each learns its columns from its first record where they are not given, or goes on with those it `saved`. */
export function csvEncoder({ columns, header, csvSafe, delimiter, quote }: Rows): (saved: Json | undefined) => Encoder<unknown> {
  const cell = cellWriter(delimiter, quote, csvSafe);
  return saved => encoderOf({ cell, delimiter, quote, header, layout: layoutOf(saved) ?? columns });
}

interface Rows {
  readonly columns?: readonly string[] | undefined;
  readonly header: boolean;
  readonly csvSafe: boolean;
  readonly delimiter: string;
  readonly quote: string;
}

/** Names of the columns, or how many cells an array has. */
type Layout = readonly string[] | number;

const layoutOf = (saved: Json | undefined): Layout | undefined =>
  typeof saved === 'number' ? saved : Array.isArray(saved) ? saved.map(String) : undefined;

interface Writing {
  readonly cell: (value: unknown, column: string) => string;
  readonly delimiter: string;
  readonly quote: string;
  readonly header: boolean;
  /** `undefined` until the first record. */
  readonly layout: Layout | undefined;
}

function encoderOf({ cell, delimiter, quote, header, layout: known }: Writing): Encoder<unknown> {
  let layout = known;
  let names: ReadonlySet<string> | undefined;

  const joined = (cells: readonly string[]): string => {
    const text = cells.join(delimiter);
    // An empty line is no record to any reader.
    return `${text === '' && cells.length === 1 ? quote + quote : text}\n`;
  };
  const ofArray = (values: readonly unknown[]): string => {
    const width = typeof layout === 'object' ? layout.length : (layout ?? values.length);
    if (values.length !== width || width === 0) throw new DataError('csv-columns', `The record has ${values.length} cells, not ${Math.max(width, 1)}. Every record must have as many as there are columns.`);
    const text = joined(Array.from(values, (value, i) => cell(value, (typeof layout === 'object' ? layout[i] : undefined) ?? String(i))));
    layout ??= width;
    return text;
  };
  const ofObject = (record: Readonly<Record<string, unknown>>): string => {
    const keys = Object.keys(record);
    if (typeof layout === 'number' || (layout === undefined && keys.length === 0)) throw new DataError('csv-columns', 'An object without columns to put its properties in. Give the columns, or write only arrays or only objects.');
    const columns = layout ?? keys;
    const known = (names ??= layout === undefined ? undefined : new Set(layout));
    const extra = known === undefined ? undefined : keys.find(key => !known.has(key) && record[key] !== undefined);
    if (extra !== undefined) throw new DataError('csv-columns', `The record has the property ${JSON.stringify(extra.slice(0, 100))}, which is no column and would be lost. Name it in columns, or map the record before the sink.`);
    const text = joined(columns.map(name => cell(Object.hasOwn(record, name) ? record[name] : undefined, name)));
    layout ??= keys;
    return text;
  };
  return {
    line(value: unknown) {
      if (typeof value !== 'object' || value === null) throw new DataError('csv-columns', `A record that is ${value === null ? 'null' : `a ${typeof value}`} has no cells. Map it to an object or an array before the sink.`, value);
      return Array.isArray(value) ? ofArray(value) : ofObject(value as Readonly<Record<string, unknown>>); // an object has properties
    },
    head: () => (header && typeof layout === 'object' ? joined(layout.map(name => cell(name, name))) : ''),
    save: () => layout ?? null,
  };
}
