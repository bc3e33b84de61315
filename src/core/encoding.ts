/**
 * Values as bytes: one byte that says how, then a double, or JSON where JSON loses nothing, or JSON with tags for what it would lose. What is no tree (it holds itself, or one thing twice) is left to `v8.serialize`, which keeps
 * all of plain data; only there may equal values have different bytes.
 */
import { deserialize, serialize } from 'node:v8';
import { causeText, DataError } from './errors.js';
import { refuseUnlessPlain } from './plain.js';
import { NoTree, fromTagged, toTagged } from './tagged.js';
import type { Json } from './values.js';
import { viewsFrom } from './views.js';

const NUMBER = 1;
const JSON_TEXT = 2;
const V8 = 3;
/** As `V8`, of a pair: the value, and the paths of its objects without a prototype, which `v8.serialize` would give one. */
const V8_BARE = 4;
/** JSON with what JSON loses named in it. */
const TAGGED = 5;

/** Deeper than this a value is left to `v8.serialize`, which knows cycles. */
const DEEP = 64;

/** Is it plain finite data that JSON gives back as it was? */
function survivesJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
    case 'object': {
      if (value === null) return true;
      if (depth > DEEP) return false;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype) {
        for (const name of Object.keys(value)) if (!survivesJson((value as { readonly [name: string]: unknown })[name], depth + 1)) return false; // a plain object has its own names
        return true;
      }
      if (prototype !== Array.prototype || !Array.isArray(value)) return false;
      for (let i = 0; i < value.length; i++) if (!survivesJson(value[i], depth + 1)) return false;
      return true;
    }
    default:
      return false;
  }
}

/** Names of members; the members of a map (key, value, key, ...) and of a set by number. */
type Path = readonly (string | number)[];

/** Finds the objects without a prototype. */
function barePaths(value: unknown, path: Path = [], found: Path[] = [], above = new Set<unknown>()): readonly Path[] {
  if (typeof value !== 'object' || value === null || above.has(value)) return found;
  above.add(value);
  if (value instanceof Map || value instanceof Set) [...(value instanceof Map ? [...value].flat() : value)].forEach((member, index) => barePaths(member, [...path, index], found, above));
  else if (!ArrayBuffer.isView(value)) {
    if (Object.getPrototypeOf(value) === null) found.push(path);
    for (const [name, member] of Object.entries(value)) barePaths(member, [...path, name], found, above);
  }
  return found;
}

/** What lies at a path. */
function memberAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (typeof step === 'string') found = (found as { readonly [name: string]: unknown })[step]; // the path was made by walking it
    else found = [...(found instanceof Map ? [...found].flat() : (found as Set<unknown>))][step];
  }
  return found;
}

/** A value as JSON, if JSON gives it back as it is. */
export const jsonOf = (value: unknown): string | undefined => (survivesJson(value, 0) ? JSON.stringify(value) : undefined);

/** As {@link encodeValue}, behind `head` bytes that are left to the caller. */
export function encodeAfter(head: number, value: unknown, where: () => string): Buffer {
  if (typeof value === 'number') return numbered(Buffer.allocUnsafe(head + 9), head, value);
  if (survivesJson(value, 0)) return tagged(head, JSON_TEXT, JSON.stringify(value));
  return encodeAny(head, value, where);
}

/** UTF-8 has no unit of a text in more bytes. */
const UNIT = 3;
const utf8 = new TextEncoder();

/** {@link encodeAfter} for many values one after the other: each is written into `room`, over the one before, unless it may not fit. */
export function encoderInto(room: Buffer, head: number): (value: unknown, where: () => string) => Buffer {
  const body = room.subarray(head + 1);
  const upTo = viewsFrom(room, 0);
  return (value, where) => {
    if (typeof value === 'number') return numbered(upTo(head + 9), head, value);
    if (!survivesJson(value, 0)) return encodeAny(head, value, where);
    const text = JSON.stringify(value);
    if (text.length * UNIT > body.length) return tagged(head, JSON_TEXT, text);
    room[head] = JSON_TEXT;
    return upTo(head + 1 + utf8.encodeInto(text, body).written);
  };
}

function numbered(bytes: Buffer, head: number, value: number): Buffer {
  bytes[head] = NUMBER;
  bytes.writeDoubleLE(value, head + 1);
  return bytes;
}

function encodeAny(head: number, value: unknown, where: () => string): Buffer {
  refuseUnlessPlain(value, where);
  const tree = taggedText(value);
  if (tree !== undefined) return tagged(head, TAGGED, tree);
  const bare = barePaths(value);
  try {
    return bare.length === 0 ? tagged(head, V8, serialize(value)) : tagged(head, V8_BARE, serialize([value, bare]));
  } catch (cause) {
    throw new DataError('state-value', `${where()}: the value cannot be written (${causeText(cause)}).`, value, { cause });
  }
}

/** A value that is a tree, as text; the same for equal values, which what V8 writes is not: that tells numbers apart by how it holds them at the moment. */
function taggedText(value: unknown): string | undefined {
  try {
    return JSON.stringify(toTagged(value, new Set()));
  } catch (cause) {
    if (cause instanceof NoTree) return undefined;
    throw cause;
  }
}

function tagged(head: number, tag: number, body: string | Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(head + 1 + (typeof body === 'string' ? Buffer.byteLength(body) : body.length));
  bytes[head] = tag;
  if (typeof body === 'string') bytes.write(body, head + 1);
  else body.copy(bytes, head + 1);
  return bytes;
}

/** The bytes of a value. Throws a {@link DataError} `state-value` for what is not plain data; `where` says what the value belongs to. */
export const encodeValue = (value: unknown, where: () => string): Buffer => encodeAfter(0, value, where);

/** What {@link encodeValue} was given; nothing of it shares memory with `bytes`. Throws if they were made by nothing of ours. */
export function decodeValue(bytes: Uint8Array): unknown {
  const body = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bytes[0]) {
    case NUMBER:
      return body.readDoubleLE(1);
    case JSON_TEXT:
      return JSON.parse(body.toString('utf8', 1)) as unknown;
    case TAGGED:
      return fromTagged(JSON.parse(body.toString('utf8', 1)) as Json);
    case V8:
      return deserialize(Buffer.from(body.subarray(1))); // a copy: binary data in it would be a view of what it was read from
    case V8_BARE: {
      const [value, bare] = deserialize(Buffer.from(body.subarray(1))) as readonly [unknown, readonly Path[]]; // as it was written
      for (const path of bare) Object.setPrototypeOf(memberAt(value, path), null);
      return value;
    }
    default:
      throw new Error(`There is no encoding ${String(bytes[0])}.`);
  }
}
