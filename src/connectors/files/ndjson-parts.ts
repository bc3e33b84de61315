/** NDJSON as a transactional sink of many files. */
import { z } from 'zod';
import type { Sink } from '../../core/sink.js';
import { name } from '../settings.js';
import { jsonValues, ndjsonEncoder, type JsonValueOptions } from './ndjson-encoder.js';
import { filesChecker, type ShapeOf } from './options.js';
import { partsOptions, type PartsOptions } from './parts/options.js';
import { partsSink } from './parts/sink.js';
import { targetOf } from './paths.js';

/** Options of {@link ndjsonParts}. */
export interface NdjsonPartsOptions<in T> extends PartsOptions<T>, JsonValueOptions {}

const OPTIONS = z.strictObject({ name: name('ndjsonParts'), ...partsOptions, ...jsonValues } satisfies ShapeOf<NdjsonPartsOptions<never>>);

/**
 * A folder of NDJSON files as a transactional sink: every record is in exactly one of them, whatever crashed meanwhile.
 *
 * Records are written out of sight (`.parts/`) and appear, file by file and each whole, when the checkpoint that holds them is durable: with `checkpoint: '10s'` every ten
 * seconds, without checkpoints when the job ends. Names sort in the order of checkpoints: `part-<checkpoint>-<generation>-<number>.ndjson`. A folder belongs to one step of one job. Records that JSON cannot hold,
 * and those whose partition is no name for a folder, fail one by one and go to the `onError` of the step.
 *
 * @param folder path or file URL of the folder; it is made if need be
 * @param options partitions, sizes, compression, values that JSON does not have
 * @returns a sink with the guarantee `transactional`
 * @throws ConfigurationError when called with options that cannot be
 * @throws DataError when the folder cannot be written, belongs to another job, or holds parts of a later checkpoint than the job goes on from
 * @throws MillraceError `fenced`, when a newer incarnation of the job has taken the folder over
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { ndjsonParts } from 'millrace/files';
 *
 * const sales = Stream.from([{ day: '2024-01-01', amount: 7 }]);
 * const output = sales.to(ndjsonParts('out/sales', { partition: (sale: { day: string }) => `day=${sale.day}`, compression: 'gzip' }));
 * ```
 */
export function ndjsonParts<T = unknown>(folder: string | URL, options: NdjsonPartsOptions<T> = {}): Sink<T> {
  const check = filesChecker('ndjsonParts()');
  const root = targetOf(folder, check);
  const settings = check.settings(OPTIONS, options);
  check.done();
  const packed = settings.compression === 'gzip';
  return partsSink<T>({ ...settings, folder: root, packed, ending: packed ? '.ndjson.gz' : '.ndjson', partition: options.partition, encoder: () => ndjsonEncoder(settings) });
}
