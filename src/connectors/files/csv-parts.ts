/** CSV as a transactional sink of many files. */
import { z } from 'zod';
import type { Sink } from '../../core/sink.js';
import { name } from '../settings.js';
import { csvEncoder, csvRows, type CsvRowOptions } from './csv-encoder.js';
import { checkCharacters, filesChecker, type ShapeOf } from './options.js';
import { partsOptions, type PartsOptions } from './parts/options.js';
import { partsSink } from './parts/sink.js';
import { targetOf } from './paths.js';

/** Options of {@link csvParts}. */
export interface CsvPartsOptions<in T> extends PartsOptions<T>, CsvRowOptions {}

const OPTIONS = z.strictObject({ name: name('csvParts'), ...partsOptions, ...csvRows } satisfies ShapeOf<CsvPartsOptions<never>>);

/**
 * A folder of CSV files as a transactional sink: every record is in exactly one of them, whatever crashed meanwhile.
 *
 * As {@link ndjsonParts} writes them, with the cells and rules of {@link csvFile}; each file begins with the names of the columns, and all have the same.
 *
 * @param folder path or file URL of the folder; it is made if need be
 * @param options partitions, sizes, compression, columns, header, formula protection, delimiter
 * @returns a sink with the guarantee `transactional`
 * @throws ConfigurationError when called with options that cannot be
 * @throws DataError when the folder cannot be written, belongs to another job, or holds parts of a later checkpoint than the job goes on from
 * @throws MillraceError `fenced`, when a newer incarnation of the job has taken the folder over
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { csvParts } from 'millrace/files';
 *
 * const output = Stream.from([{ city: 'Oslo', flights: 12 }]).to(csvParts('out/cities', { columns: ['city', 'flights'] }));
 * ```
 */
export function csvParts<T extends object = Record<string, unknown>>(folder: string | URL, options: CsvPartsOptions<T> = {}): Sink<T> {
  const check = filesChecker('csvParts()');
  const root = targetOf(folder, check);
  const settings = check.settings(OPTIONS, options);
  checkCharacters(settings, check);
  check.done();
  const packed = settings.compression === 'gzip';
  return partsSink<T>({ ...settings, folder: root, packed, ending: packed ? '.csv.gz' : '.csv', partition: options.partition, encoder: csvEncoder(settings) });
}
