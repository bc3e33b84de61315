/**
 * Plain data as JSON for people and their tools, exactly: what JSON loses is an object with one member whose name begins with `$` and says what it is. An object that has such a name of its own is
 * written as a list of its members (`$object`); what refers to itself, or to one thing twice, cannot be shown as a tree and is written as `$v8`.
 */
import { DataError } from '../../core/errors.js';
import type { Json } from '../../core/values.js';
import { decodeValue, encodeValue } from '../codec.js';

/** Deeper than this it is not shown as a tree. */
const DEEP = 500;

const VIEWS = { Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView } as const;

class NoTree extends Error {}

/** The value as JSON. */
export function toTagged(value: unknown): Json {
  try {
    return tag(value, new Set(), 0);
  } catch (cause) {
    if (!(cause instanceof NoTree)) throw cause;
    return { $v8: encodeValue(value, () => 'The value').toString('base64') };
  }
}

function tag(value: unknown, seen: Set<object>, depth: number): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : `${value}` };
    case 'bigint':
      return { $bigint: `${value}` };
    case 'undefined':
      return { $undefined: true };
    default:
      if (value === null) return null;
      return tagObject(value as object, seen, depth); // state is plain data: there are no functions in it
  }
}

function tagObject(value: object, seen: Set<object>, depth: number): Json {
  if (seen.has(value) || depth > DEEP) throw new NoTree();
  seen.add(value);
  const inner = (member: unknown): Json => tag(member, seen, depth + 1);
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (value instanceof Map) return { $map: [...value].map(([key, member]) => [inner(key), inner(member)]) };
  if (value instanceof Set) return { $set: [...value].map(inner) };
  if (value instanceof ArrayBuffer) return { $bytes: Buffer.from(value).toString('base64'), of: 'ArrayBuffer' };
  if (ArrayBuffer.isView(value)) {
    const of = Object.prototype.toString.call(value).slice(8, -1);
    if (!(of in VIEWS)) throw new NoTree();
    if (seen.has(value.buffer)) throw new NoTree(); // two views of one buffer
    seen.add(value.buffer);
    return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'), of };
  }
  if (Array.isArray(value)) {
    if (Object.keys(value).length !== value.length) throw new NoTree(); // holes, or names beside the numbers
    return value.map(inner);
  }
  const members = Object.entries(value).map(([name, member]) => [name, inner(member)] as const);
  if (Object.getPrototypeOf(value) === null) return { $bare: members };
  return members.some(([name]) => name.startsWith('$') || name === '__proto__') ? { $object: members } : Object.fromEntries(members);
}

const UNTAG: { readonly [tag: string]: (body: Json, of: Json | undefined) => unknown } = {
  $number: body => (body === '-0' ? -0 : Number(body)),
  $bigint: body => BigInt(text(body)),
  $undefined: () => undefined,
  $date: body => new Date(body === null ? Number.NaN : Number(body)),
  $map: body => new Map(pairs(body)),
  $set: body => new Set(list(body).map(fromTagged)),
  $bytes: (body, of) => bytesOf(Buffer.from(text(body), 'base64'), of),
  $bare: body => members(body, Object.create(null) as object),
  $object: body => members(body, {}),
  $v8: body => decodeValue(Buffer.from(text(body), 'base64')),
};

/** What {@link toTagged} was given. Throws a {@link DataError} for what it does not write. */
export function fromTagged(json: Json): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (isList(json)) return json.map(fromTagged);
  const [name, ...others] = Object.keys(json);
  if (name?.startsWith('$') !== true) return members(Object.entries(json), {});
  const untag = Object.hasOwn(UNTAG, name) ? UNTAG[name] : undefined;
  if (untag === undefined || others.some(other => other !== 'of')) throw new DataError('tag', `"${name}" is not how a value is written. There are ${Object.keys(UNTAG).join(', ')}; an object with such a name of its own is written as { "$object": [[name, value], ...] }.`, json);
  return untag(json[name] ?? null, json['of']);
}

const isList = (json: Json): json is readonly Json[] => Array.isArray(json);

function list(json: Json): readonly Json[] {
  if (isList(json)) return json;
  throw new DataError('tag', 'There must be a list here.', json);
}

function text(json: Json): string {
  if (typeof json === 'string') return json;
  throw new DataError('tag', 'There must be a text here.', json);
}

const pairs = (json: Json | readonly (readonly [string, Json])[]): readonly (readonly [unknown, unknown])[] =>
  list(json).map(pair => {
    const [key = null, value = null] = list(pair);
    return [fromTagged(key), fromTagged(value)];
  });

/** Defined, not assigned: `__proto__` is a name like any other. */
function members(json: Json | readonly (readonly [string, Json])[], target: object): object {
  for (const [name, value] of pairs(json)) Object.defineProperty(target, String(name), { value, enumerable: true, writable: true, configurable: true });
  return target;
}

function bytesOf(bytes: Buffer, of: Json | undefined): unknown {
  const buffer = new Uint8Array(bytes).buffer;
  if (of === 'ArrayBuffer') return buffer;
  const View = typeof of === 'string' && Object.hasOwn(VIEWS, of) ? VIEWS[of as keyof typeof VIEWS] : undefined; // asked for just before
  if (View === undefined) throw new DataError('tag', `There is no binary data of kind ${JSON.stringify(of)}. There are ArrayBuffer, ${Object.keys(VIEWS).join(', ')}.`, of);
  return new (View as new (bytes: ArrayBuffer) => unknown)(buffer); // all of them are made of a buffer
}
