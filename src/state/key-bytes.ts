/**
 * Keys and sub-keys as bytes that sort as the keys do (`compareKeys`; sub-keys: numbers before texts). Each says its type first, so 1, '1' and 1n differ, and
 * says where it ends, so that what stands behind a key never mixes with it: all entries of one key are neighbours, and a tuple is its members one after the other.
 *
 * Texts are in the order of their code units, as JavaScript compares them, so each unit is written for itself, as UTF-8 would write a character of that number:
 * a lone surrogate is a unit like any other. 0x00 ends a text or a tuple; the units 0 and 1 are written as 0x01 0x01 and 0x01 0x02.
 */
import { DataError } from '../core/errors.js';
import { canonicalKey } from '../core/key.js';
import type { Key, Sub } from '../core/values.js';

const FALSE = 0x10;
const TRUE = 0x11;
const NUMBER = 0x20;
const BIGINT = 0x30;
const TEXT = 0x40;
const TUPLE = 0x50;
const END = 0x00;
const ESCAPE = 0x01;

/** Bigints with as many bytes or more say their length in four bytes more. */
const MANY = 0x7f;

/** A buffer that grows, and how much of it is written. */
export interface Output {
  bytes: Buffer;
  length: number;
}

const output: Output = { bytes: Buffer.allocUnsafe(1_024), length: 0 };

/** Larger ones are not kept between calls. */
const KEPT = 65_536;

function reserve(out: Output, more: number): Buffer {
  const needed = out.length + more;
  if (needed > out.bytes.length) {
    const grown = Buffer.allocUnsafe(Math.max(needed, out.bytes.length * 2));
    out.bytes.copy(grown, 0, 0, out.length);
    out.bytes = grown;
  }
  return out.bytes;
}

/** The bytes of a key and, behind them, of a sub-key. Throws a {@link DataError} for what cannot be a key. */
export function keyBytes(key: Key, sub?: Sub): Buffer {
  output.length = 0;
  writeKey(key, output);
  if (sub !== undefined) writeSub(sub, output);
  return taken();
}

/** The bytes of a sub-key. */
export function subBytes(sub: Sub): Buffer {
  output.length = 0;
  writeSub(sub, output);
  return taken();
}

function taken(): Buffer {
  const bytes = Buffer.allocUnsafe(output.length);
  output.bytes.copy(bytes, 0, 0, output.length);
  if (output.bytes.length > KEPT) output.bytes = Buffer.allocUnsafe(1_024);
  return bytes;
}

/** Writes a sub-key behind what is written. */
export function writeSub(sub: Sub, out: Output): void {
  if (typeof sub === 'string') writeText(sub, out);
  else if (Number.isNaN(sub)) throw new DataError('key', 'The sub-key is NaN, which has no place in an order. Give a number or a text.', sub);
  else writeNumber(sub, out);
}

/** Writes a key behind what is written. Throws a {@link DataError} for what cannot be one. */
export function writeKey(key: Key, out: Output): void {
  switch (typeof key) {
    case 'string':
      return writeText(key, out);
    case 'number':
      return writeNumber(Number.isNaN(key) ? Number(canonicalKey(key)) : key, out); // which throws
    case 'boolean':
      reserve(out, 1)[out.length++] = key ? TRUE : FALSE;
      return;
    case 'bigint':
      return writeBigint(key, out);
    default:
      if (!Array.isArray(key)) canonicalKey(key); // which throws
      reserve(out, 1)[out.length++] = TUPLE;
      for (const member of key) writeKey(member, out);
      reserve(out, 1)[out.length++] = END;
  }
}

/** As a double, its sign turned; the bits of a negative one all turned, so that the most negative comes first. */
function writeNumber(value: number, out: Output): void {
  const bytes = reserve(out, 9);
  const at = out.length;
  bytes[at] = NUMBER;
  bytes.writeDoubleBE(value === 0 ? 0 : value, at + 1);
  if (value < 0) for (let i = at + 1; i < at + 9; i++) bytes[i] = ~(bytes[i] ?? 0);
  else bytes[at + 1] = (bytes[at + 1] ?? 0) | 0x80;
  out.length = at + 9;
}

/** Length and sign in one byte that sorts, then the magnitude; of a negative one all turned. */
function writeBigint(value: bigint, out: Output): void {
  const negative = value < 0n;
  const text = value === 0n ? '' : (negative ? -value : value).toString(16);
  const magnitude = Buffer.from(text.length % 2 === 1 ? `0${text}` : text, 'hex');
  const { length } = magnitude;
  const bytes = reserve(out, length + 6);
  let at = out.length;
  bytes[at++] = BIGINT;
  bytes[at++] = negative ? 0x80 - Math.min(length, MANY) : 0x80 + Math.min(length, MANY);
  if (length >= MANY) at = bytes.writeUInt32BE(negative ? ~length >>> 0 : length, at);
  for (const byte of magnitude) bytes[at++] = negative ? ~byte : byte;
  out.length = at;
}

function writeText(text: string, out: Output): void {
  const bytes = reserve(out, text.length * 3 + 2);
  let at = out.length;
  bytes[at++] = TEXT;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      if (unit > 1) bytes[at++] = unit;
      else {
        bytes[at++] = ESCAPE;
        bytes[at++] = unit + 1;
      }
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  bytes[at++] = END;
  out.length = at;
}

/** Where a reader is in the bytes it reads. */
interface Input {
  readonly bytes: Buffer;
  at: number;
}

/** The key, and the sub-key if one stands behind it, that `bytes` were made of. Throws a {@link DataError} `state-damaged` if they were not made of any. */
export function keyOf(bytes: Uint8Array): { readonly key: Key; readonly sub: Sub | undefined; readonly keyLength: number } {
  const input: Input = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  const key = readKey(input);
  const keyLength = input.at;
  if (input.at === bytes.length) return { key, sub: undefined, keyLength };
  const sub = readKey(input);
  if ((typeof sub !== 'string' && typeof sub !== 'number') || input.at !== bytes.length) return damaged(input);
  return { key, sub, keyLength };
}

function damaged({ bytes, at }: Input): never {
  throw new DataError('state-damaged', `These are not the bytes of a key: ${bytes.toString('hex').slice(0, 80)} (at byte ${at}).`);
}

function next(input: Input): number {
  const byte = input.bytes[input.at++];
  return byte === undefined ? damaged(input) : byte;
}

function readKey(input: Input): Key {
  switch (next(input)) {
    case FALSE:
      return false;
    case TRUE:
      return true;
    case NUMBER:
      return readNumber(input);
    case BIGINT:
      return readBigint(input);
    case TEXT:
      return readText(input);
    case TUPLE: {
      const members: Key[] = [];
      while (input.bytes[input.at] !== END) members.push(readKey(input));
      input.at++;
      return members;
    }
    default:
      return damaged(input);
  }
}

const double = Buffer.alloc(8);

function readNumber(input: Input): number {
  if (input.bytes.copy(double, 0, input.at, input.at + 8) < 8) return damaged(input);
  input.at += 8;
  const first = double[0] ?? 0;
  if (first >= 0x80) double[0] = first & 0x7f;
  else for (let i = 0; i < 8; i++) double[i] = ~(double[i] ?? 0);
  return double.readDoubleBE(0);
}

function readBigint(input: Input): bigint {
  const head = next(input);
  const negative = head < 0x80;
  let length = negative ? 0x80 - head : head - 0x80;
  if (length >= MANY) {
    const given = ((next(input) << 24) | (next(input) << 16) | (next(input) << 8) | next(input)) >>> 0;
    length = negative ? ~given >>> 0 : given;
  }
  const magnitude = Buffer.from(input.bytes.subarray(input.at, input.at + length)); // a copy
  if (magnitude.length < length) return damaged(input);
  input.at += length;
  if (negative) for (let i = 0; i < length; i++) magnitude[i] = ~(magnitude[i] ?? 0);
  const value = length === 0 ? 0n : BigInt(`0x${magnitude.toString('hex')}`);
  return negative ? -value : value;
}

/** So many units are made a text at once. */
const PART = 4_096;

function readText(input: Input): string {
  const end = input.bytes.indexOf(END, input.at);
  if (end < 0) return damaged(input);
  const plain = input.bytes.toString('latin1', input.at, end);
  if (/^[ -~]*$/.test(plain)) {
    // nothing in it is written as something else
    input.at = end + 1;
    return plain;
  }
  let text = '';
  let units: number[] = [];
  for (let byte = next(input); byte !== END; byte = next(input)) {
    if (byte === ESCAPE) units.push(next(input) - 1);
    else if (byte < 0x80) units.push(byte);
    else if (byte < 0xe0) units.push(((byte & 0x1f) << 6) | (next(input) & 0x3f));
    else units.push(((byte & 0x0f) << 12) | ((next(input) & 0x3f) << 6) | (next(input) & 0x3f));
    if (units.length === PART) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}
