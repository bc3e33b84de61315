/** Records to lines of JSON. `JSON.stringify` drops or changes some values without a word; here such a record fails. */
import { z } from 'zod';
import { DataError, causeText } from '../../core/errors.js';
import type { ShapeOf } from './options.js';
import type { Encoder } from './sink.js';

/** What becomes of values that JSON does not have. */
export interface JsonValueOptions {
  /** A bigint: its record fails (`reject`, the default), or it is written as a string of its digits (`text`). */
  readonly bigints?: 'reject' | 'text' | undefined;
  /** NaN and the infinities, which JSON does not have: their record fails (`reject`, the default), or they are written as `null`. */
  readonly nonFinite?: 'reject' | 'null' | undefined;
}

export const jsonValues = {
  bigints: z.enum(['reject', 'text']).default('reject'),
  nonFinite: z.enum(['reject', 'null']).default('reject'),
} satisfies ShapeOf<JsonValueOptions>;

/** The encoder for these options, filled in. */
export function ndjsonEncoder({ bigints, nonFinite }: { readonly bigints: 'reject' | 'text'; readonly nonFinite: 'reject' | 'null' }): Encoder<unknown> {
  const replacer = bigints === 'text' ? (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value) : undefined;
  return {
    line(value) {
      const text = stringify(value, replacer);
      // Only what became `null` can have been such a number.
      if (nonFinite === 'reject' && text.includes('null')) refuseNonFinite(value, replacer);
      return `${text}\n`;
    },
    head: () => '',
    save: () => null,
  };
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
