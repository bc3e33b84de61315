/** CSV files as a source of objects, or of arrays. */
import { z } from 'zod';
import { DataError } from '../../core/errors.js';
import type { Source } from '../../core/source.js';
import { columns as columnsOption, count, name as nameOption } from '../settings.js';
import type { Bytes } from './bytes.js';
import { csvParser, type CsvReading } from './csv-parser.js';
import { characters, checkCharacters, checkFollow, filesChecker, followGiven, limits, type ShapeOf, type TextOptions } from './options.js';
import { pathsOf, type Files } from './paths.js';
import { BEGINNING, placeOf, type Place } from './place.js';
import { textSource } from './source.js';

/** Options of {@link csv}. */
export interface CsvOptions extends TextOptions {
  /** Is the first record a row of column names? By default it is, unless `columns` are given. */
  readonly header?: boolean | undefined;
  /** Names of the columns, for files without a header row; with `header: true`, instead of those in the file. */
  readonly columns?: readonly string[] | undefined;
  /** One character; `,` by default. */
  readonly delimiter?: string | undefined;
  /** One character; `"` by default. */
  readonly quote?: string | undefined;
  /** Most columns a record may have; 10,000 by default. */
  readonly maxColumns?: number | undefined;
}

const OPTIONS = z.strictObject({
  name: nameOption('csv'),
  ...limits,
  ...characters,
  header: z.boolean().optional(),
  columns: columnsOption,
  maxColumns: count(10_000),
} satisfies ShapeOf<CsvOptions>);

/** What a CSV source gives for these options: objects of strings, under the names of `columns` where these are known, or arrays of strings with neither header nor columns. */
export type CsvRow<O extends CsvOptions> = O extends { readonly columns: readonly (infer Name extends string)[] }
  ? Record<Name, string>
  : O extends { readonly header: false }
    ? string[]
    : Record<string, string>;

/**
 * CSV files as a source: one object of strings per record, one split per file, in constant memory.
 *
 * RFC 4180: quoted fields may hold delimiters, doubled quotes and line breaks (a quote inside a field that does not begin with one is text); records end with a line feed or both characters. Empty lines are passed over and a
 * byte order mark is accepted. A record that cannot be read (more or fewer fields than columns, text behind a closing quote, a quote never closed, not UTF-8, too long) is a failed record with its place and goes
 * to the `onError` of the stream; reading goes on with the line after its first. Without header and columns records are arrays of any length. A column `__proto__` is a
 * plain property of its rows.
 *
 * @param files path or file URL of one file, or of several; `*` in a path stands for any characters within one of its parts
 * @param options header, columns, delimiter, limits, compression
 * @returns a replayable source; positions are `{ byte, line }` at the beginning of a record, counted in the decompressed data
 * @throws ConfigurationError when called with options that cannot be, or, at the start of the job, listing all files that are missing or may not be read
 * @throws DataError on opening, when the header row cannot be read or names a column twice; while reading, when the file is damaged or expands beyond its limits
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { csv } from 'millrace/files';
 *
 * const airports = Stream.from(csv('airports.csv', { columns: ['iata', 'name', 'city'], header: true }));
 * const cities = airports.map(airport => airport.city);
 * ```
 */
export function csv<const O extends CsvOptions = CsvOptions>(files: Files, options?: O): Source<CsvRow<O>> {
  const check = filesChecker('csv()');
  const paths = pathsOf(files, check);
  const settings = check.settings(OPTIONS, followGiven(options));
  checkFollow(settings, paths, check);
  checkCharacters(settings, check);
  check.done();
  const { header, columns, delimiter, quote, maxLineBytes, maxColumns, compression, name } = settings;
  const reading: CsvReading<string[]> = { delimiter, quote, maxLineBytes, maxColumns, width: undefined, make: (fields, width) => fields.slice(0, width) };
  const hasHeader = header ?? columns === undefined;

  const source = textSource<string[] | Record<string, string>>({
    where: 'csv()',
    name,
    paths,
    limits: settings,
    compression,
    follow: settings.follow,
    async parser(path, from, bytes, signal) {
      const first = hasHeader ? await readHeader(path, reading, columns === undefined, bytes, signal) : undefined;
      const names = columns ?? first?.names;
      if (first !== undefined && columns !== undefined && first.names !== undefined && columns.length !== first.names.length)
        throw new DataError('csv-header', `The header of "${path}" has ${first.names.length} columns, but ${columns.length} are given. Give a name for each, or leave columns out.`, path);
      const at = first !== undefined && from.byte < first.place.byte ? first.place : from;
      return { parser: names === undefined ? csvParser(path, at, reading) : csvParser(path, at, { ...reading, width: names.length, make: rowMaker(names) }), from: at };
    },
  });
  return source as Source<CsvRow<O>>; // the type says in words what the options say above
}

/** Rows are copies of one template: they share a shape, and `__proto__` is an ordinary property of it. */
function rowMaker(names: readonly string[]): (fields: readonly string[]) => Record<string, string> {
  const template: Record<string, string> = Object.fromEntries(names.map(name => [name, '']));
  return fields => {
    const row = { ...template };
    for (let i = 0; i < names.length; i++) row[names[i] ?? ''] = fields[i] ?? '';
    return row;
  };
}

interface Header {
  /** `undefined`: the file is empty. */
  readonly names: readonly string[] | undefined;
  /** Of the first record after it. */
  readonly place: Place;
}

async function readHeader(path: string, reading: CsvReading<string[]>, naming: boolean, open: (at: number) => Promise<Bytes>, signal: AbortSignal): Promise<Header> {
  const parser = csvParser(path, BEGINNING, reading);
  const bytes = await open(0);
  try {
    for (let ended = false; ; ) {
      const batch = parser.take(1);
      const [failure] = batch?.failed ?? [];
      if (failure !== undefined) throw new DataError('csv-header', `The header cannot be read. ${failure.cause instanceof Error ? failure.cause.message : ''}`, failure.input, { cause: failure.cause });
      const [names] = batch?.values ?? [];
      if (names !== undefined) return { names: naming ? checkedNames(path, names) : names, place: placeOf(batch?.position) };
      if (batch !== undefined) continue;
      if (ended) return { names: undefined, place: BEGINNING };
      const chunk = await bytes.read(signal);
      ended = chunk === undefined;
      if (chunk === undefined) parser.finish();
      else parser.feed(chunk);
    }
  } finally {
    await bytes.close();
  }
}

function checkedNames(path: string, names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const twice = names.find(name => seen.size === seen.add(name).size);
  if (twice === undefined) return names;
  throw new DataError('csv-header', `The header of "${path}" has the column ${JSON.stringify(twice.slice(0, 100))} twice, so one of them would be lost. Name each once, or give names of your own with columns and header: true.`, names);
}
