/** CSV files as a sink. */
import { z } from 'zod';
import type { Sink } from '../../core/sink.js';
import { name } from '../settings.js';
import { csvEncoder, csvRows, type CsvRowOptions } from './csv-encoder.js';
import { checkCharacters, compression, filesChecker, isPacked, type Compression, type ShapeOf } from './options.js';
import { targetOf } from './paths.js';
import { textSink } from './sink.js';

/** Options of {@link csvFile}. */
export interface CsvFileOptions extends CsvRowOptions {
  /** Name of the sink; `csvFile` by default. */
  readonly name?: string | undefined;
  /** `auto` by default: gzip if the path ends in `.gz`. */
  readonly compression?: Compression | undefined;
}

const OPTIONS = z.strictObject({
  name: name('csvFile'),
  ...csvRows,
  compression,
} satisfies ShapeOf<CsvFileOptions>);

/**
 * A CSV file as a sink: one record per object, or per array of cells.
 *
 * Written as `<path>.part` beside it, folder made if need be, and renamed when the job ends well; a failed job leaves no file under the final name. Every flush brings the file to the
 * disk. A job restarted from a checkpoint goes on where that was. One job may write to a path at a time. Cells are texts, numbers, bigints, booleans and dates (ISO 8601); `null` and `undefined` are empty.
 * A record with anything else, with a property that is no column, or (arrays) of another length fails and goes to the `onError` of the step. Lines end with a line feed.
 *
 * @param path path or file URL of the file
 * @param options columns, header, formula protection, delimiter, compression
 * @returns a sink with the guarantee `append`
 * @throws ConfigurationError when called with options that cannot be
 * @throws DataError when the file cannot be written, naming it
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { csvFile } from 'millrace/files';
 *
 * const output = Stream.from([{ city: 'Oslo', flights: 12 }]).to(csvFile('out/cities.csv', { columns: ['city', 'flights'] }));
 * ```
 */
export function csvFile<T extends object = Record<string, unknown>>(path: string | URL, options: CsvFileOptions = {}): Sink<T> {
  const check = filesChecker('csvFile()');
  const target = targetOf(path, check);
  const settings = check.settings(OPTIONS, options);
  checkCharacters(settings, check);
  check.done();
  return textSink<T>({ name: settings.name, path: target, packed: isPacked(target, settings.compression), encoder: csvEncoder(settings) });
}
