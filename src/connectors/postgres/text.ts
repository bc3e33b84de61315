/**
 * Values as the texts PostgreSQL reads for the type of their column. One form for INSERT and COPY, the same on every machine: dates go out in UTC, JSON is JSON also where it is an array or a lone string, and what
 * would be changed or refused on the way (NUL, half a surrogate pair, NaN in JSON) is refused here.
 */
import { DataError, causeText } from '../../core/errors.js';

/** How values of a column become text. `null` is NULL. */
export type TextOf = (value: unknown) => string | null;

/** What is known of a type. */
export interface Type {
  /** Name in the catalog, of the base type for a domain. */
  readonly name: string;
  /** Of the elements, for an array. */
  readonly element: string | undefined;
}

const refuse = (what: string, fix: string): never => {
  throw new DataError('postgres-value', `${what}. ${fix}`, undefined);
};

/** The way of a type. */
export function textFor({ name, element }: Type): TextOf {
  if (element !== undefined) return arrayOf(textFor({ name: element, element: undefined }));
  switch (name) {
    case 'json':
    case 'jsonb':
      return json;
    case 'bytea':
      return bytes;
    case 'int2':
      return integer(-(2n ** 15n), 2n ** 15n - 1n);
    case 'int4':
      return integer(-(2n ** 31n), 2n ** 31n - 1n);
    case 'int8':
      return integer(-(2n ** 63n), 2n ** 63n - 1n);
    case 'date':
      return value => (value instanceof Date ? day(value) : scalar(value));
    default:
      return scalar;
  }
}

/** Texts that are in PostgreSQL's form already. */
export const asText: TextOf = value => scalar(value);

const integer =
  (least: bigint, most: bigint): TextOf =>
  value => {
    if (typeof value === 'number' && !Number.isInteger(value)) refuse('A number that is not whole cannot be kept in a column of integers', 'Round it before the sink.');
    if ((typeof value === 'number' || typeof value === 'bigint') && (value < least || value > most)) refuse('A number is out of the range of its column', 'Use a column of a wider type.');
    return typeof value === 'number' ? BigInt(value).toString() : scalar(value);
  };

function scalar(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return checked(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return null;
    default:
      if (value === null) return null;
      if (value instanceof Date) return moment(value);
      return refuse(`${ArrayBuffer.isView(value) ? 'Binary data' : Array.isArray(value) ? 'An array' : typeof value === 'object' ? 'An object' : `A ${typeof value}`} has no place in a column of this type`, "Use a json, bytea or array column, map it before the sink, or declare types: { column: 'json' }.");
  }
}

function checked(text: string): string {
  if (text.includes('\0')) refuse('A text contains NUL, which PostgreSQL cannot keep', 'Remove it before the sink.');
  if (/\p{Surrogate}/u.test(text)) refuse('A text contains half a surrogate pair, which would be replaced without a word', 'Repair it before the sink.');
  return text;
}

const digits = (n: number, width: number): string => String(n).padStart(width, '0');

/** PostgreSQL has no year 0 and writes those before 1 as BC. */
function parts(date: Date): { readonly day: string; readonly era: string } {
  if (Number.isNaN(date.getTime())) return refuse('A Date is not a date', 'Check it before the sink.');
  const year = date.getUTCFullYear();
  return { day: `${digits(year > 0 ? year : 1 - year, 4)}-${digits(date.getUTCMonth() + 1, 2)}-${digits(date.getUTCDate(), 2)}`, era: year > 0 ? '' : ' BC' };
}

const day = (date: Date): string => {
  const { day, era } = parts(date);
  return day + era;
};

/** With its zone, which `timestamp` leaves out: it keeps the time in UTC. */
const moment = (date: Date): string => {
  const { day, era } = parts(date);
  return `${day} ${digits(date.getUTCHours(), 2)}:${digits(date.getUTCMinutes(), 2)}:${digits(date.getUTCSeconds(), 2)}.${digits(date.getUTCMilliseconds(), 3)}+00${era}`;
};

function bytes(value: unknown): string | null {
  if (ArrayBuffer.isView(value)) return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  if (value instanceof ArrayBuffer) return `\\x${Buffer.from(value).toString('hex')}`;
  if (value === null || value === undefined) return null;
  return refuse(`A ${typeof value} is no binary data`, 'Give a Buffer or Uint8Array.');
}

/** An escape of NUL or of half a surrogate pair, behind an even number of backslashes. `JSON.stringify` writes no others like it. */
const BROKEN_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][\da-f]{2})/;

/** `null` is NULL, in JSON too: both are read back as `null`. */
export function json(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined; // its type leaves out what it gives for functions
  } catch (cause) {
    return refuse(`A value cannot be written as JSON: ${causeText(cause).slice(0, 200)}`, 'Map it before the sink.');
  }
  if (text === undefined) return refuse(`A ${typeof value} has no form in JSON`, 'Map it before the sink.');
  // Only what became `null` can have been such a number.
  if (text.includes('null')) JSON.stringify(value, (_, member: unknown) => (typeof member === 'number' && !Number.isFinite(member) ? refuse(`JSON cannot hold ${member}`, 'Map it before the sink.') : member));
  if (BROKEN_ESCAPE.test(text)) refuse('JSON contains NUL or half a surrogate pair, which PostgreSQL cannot keep', 'Remove it before the sink.');
  return text;
}

const arrayOf =
  (element: TextOf): TextOf =>
  value => {
    if (value === null || value === undefined) return null;
    if (typeof value === 'string') return checked(value);
    if (!Array.isArray(value)) return refuse(`A ${typeof value} is no array`, 'Give an array.');
    return arrayText(value, element);
  };

const arrayText = (values: readonly unknown[], element: TextOf): string =>
  `{${values.map(item => (Array.isArray(item) && element !== json ? arrayText(item, element) : quotedElement(element(item)))).join(',')}}`;

const quotedElement = (text: string | null): string => (text === null ? 'NULL' : /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`);

/** A list of texts as one parameter of type `text[]`. */
export const textArray = (texts: readonly (string | null)[]): string => {
  let list = '{';
  for (let i = 0; i < texts.length; i++) list += `${i === 0 ? '' : ','}${quotedElement(texts[i] ?? null)}`;
  return `${list}}`;
};

const COPY_ESCAPES: { readonly [character: string]: string } = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text as a field of COPY. */
export const copyField = (text: string | null): string => (text === null ? '\\N' : /[\\\n\r\t]/.test(text) ? text.replace(/[\\\n\r\t]/g, character => COPY_ESCAPES[character] ?? character) : text);
