/** NDJSON files as a sink. */
import { z } from 'zod';
import type { Sink } from '../../core/sink.js';
import { name } from '../settings.js';
import { jsonValues, ndjsonEncoder, type JsonValueOptions } from './ndjson-encoder.js';
import { compression, filesChecker, isPacked, type Compression, type ShapeOf } from './options.js';
import { targetOf } from './paths.js';
import { textSink } from './sink.js';

/** Options of {@link ndjsonFile}. */
export interface NdjsonFileOptions extends JsonValueOptions {
  /** Name of the sink; `ndjsonFile` by default. */
  readonly name?: string | undefined;
  /** `auto` by default: gzip if the path ends in `.gz`. */
  readonly compression?: Compression | undefined;
}

const OPTIONS = z.strictObject({
  name: name('ndjsonFile'),
  compression,
  ...jsonValues,
} satisfies ShapeOf<NdjsonFileOptions>);

/**
 * An NDJSON file as a sink: one line of JSON per record.
 *
 * Written as `<path>.part` beside it, folder made if need be, and renamed when the job ends well; a failed job leaves no file under the final name. Every flush brings the file to the
 * disk. A job restarted from a checkpoint goes on where that was. One job may write to a path at a time. Records that JSON cannot hold (`undefined`, a function, a bigint, NaN, a cycle) fail one by one
 * and go to the `onError` of the step; properties that are `undefined` are left out, as in `JSON.stringify`.
 *
 * @param path path or file URL of the file
 * @param options compression, bigints, numbers that are not finite
 * @returns a sink with the guarantee `append`
 * @throws ConfigurationError when called with options that cannot be
 * @throws DataError when the file cannot be written, naming it
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { ndjsonFile } from 'millrace/files';
 *
 * const output = Stream.from([{ user: 'ada', total: 3 }]).to(ndjsonFile('out/totals.ndjson'));
 * ```
 */
export function ndjsonFile<T = unknown>(path: string | URL, options: NdjsonFileOptions = {}): Sink<T> {
  const check = filesChecker('ndjsonFile()');
  const target = targetOf(path, check);
  const settings = check.settings(OPTIONS, options);
  check.done();
  return textSink<T>({ name: settings.name, path: target, packed: isPacked(target, settings.compression), encoder: () => ndjsonEncoder(settings) });
}
