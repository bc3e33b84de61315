/** NDJSON files as a sink. `JSON.stringify` drops or changes some values without a word; here such a record fails. */
import { z } from 'zod';
import { DataError, causeText } from '../../core/errors.js';
import type { Sink } from '../../core/sink.js';
import { name } from '../settings.js';
import { compression, filesChecker, isPacked, type Compression, type ShapeOf } from './options.js';
import { targetOf } from './paths.js';
import { textSink } from './sink.js';

/** Options of {@link ndjsonFile}. */
export interface NdjsonFileOptions {
  /** Name of the sink; `ndjsonFile` by default. */
  readonly name?: string | undefined;
  /** `auto` by default: gzip if the path ends in `.gz`. */
  readonly compression?: Compression | undefined;
  /** A bigint: its record fails (`reject`, the default), or it is written as a string of its digits (`text`). */
  readonly bigints?: 'reject' | 'text' | undefined;
  /** NaN and the infinities, which JSON does not have: their record fails (`reject`, the default), or they are written as `null`. */
  readonly nonFinite?: 'reject' | 'null' | undefined;
}

const OPTIONS = z.strictObject({
  name: name('ndjsonFile'),
  compression,
  bigints: z.enum(['reject', 'text']).default('reject'),
  nonFinite: z.enum(['reject', 'null']).default('reject'),
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
  const { bigints, nonFinite } = settings;
  const replacer = bigints === 'text' ? (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value) : undefined;

  const line = (value: T): string => {
    const text = stringify(value, replacer);
    // Only what became `null` can have been such a number.
    if (nonFinite === 'reject' && text.includes('null')) refuseNonFinite(value, replacer);
    return `${text}\n`;
  };
  return textSink<T>({ name: settings.name, path: target, packed: isPacked(target, settings.compression), encoder: () => ({ line, head: () => '', save: () => null }) });
}

type Replacer = ((key: string, value: unknown) => unknown) | undefined;

function stringify(value: unknown, replacer: Replacer): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, replacer) as string | undefined; // its type leaves out what it gives for undefined
  } catch (cause) {
    throw new DataError('json-value', `The record cannot be written as JSON: ${causeText(cause).slice(0, 300)}. Map it to plain data before the sink${/bigint/i.test(causeText(cause)) ? ", or write such integers as strings with bigints: 'text'" : ''}.`, undefined, { cause });
  }
  if (text !== undefined) return text;
  throw new DataError('json-value', `A record that is ${value === undefined ? 'undefined' : `a ${typeof value}`} has no form in JSON. Filter it out or map it before the sink.`, value);
}

/** The text was made from this value, so it has an end; the replacer sees what `toJSON` gave. */
function refuseNonFinite(value: unknown, replacer: Replacer): void {
  JSON.stringify(value, (key, member: unknown) => {
    if (typeof member !== 'number' || Number.isFinite(member)) return replacer === undefined ? member : replacer(key, member);
    throw new DataError('json-value', `The record holds ${member}${key === '' ? '' : ` at ${JSON.stringify(key.slice(0, 100))}`}, which JSON cannot hold. Map it before the sink, or write null with nonFinite: 'null'.`, member);
  });
}
