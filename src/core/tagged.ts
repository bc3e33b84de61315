/**
 * Plain data as JSON for people and their tools, exactly: what JSON loses is an object with one member whose name begins with `$` and says what it is. An object that has such a name of its own is
 * written as a list of its members (`$object`).
 */
import { DataError } from './errors.js';
import type { Json } from './values.js';

/** Deeper is a cycle, or nothing that should be shown as a tree. */
const DEEP = 500;

const VIEWS = { Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView } as const;

/** The value is no tree of plain data: it holds itself, or something that is not plain. */
export class NoTree extends Error {}

/**
 * The value as JSON; throws {@link NoTree}. What stands in it twice comes back as two, and holes of arrays as `undefined`; with `seen`, an empty set, where that matters, such values are no trees either.
 */
export function toTagged(value: unknown, seen?: Set<object>): Json {
  return tag(value, seen, 0);
}

function tag(value: unknown, seen: Set<object> | undefined, depth: number): Json {
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
    case 'object':
      return value === null ? null : tagObject(value, seen, depth);
    default:
      throw new NoTree();
  }
}

function tagObject(value: object, seen: Set<object> | undefined, depth: number): Json {
  if (depth > DEEP || seen?.has(value) === true) throw new NoTree();
  seen?.add(value);
  const inner = (member: unknown): Json => tag(member, seen, depth + 1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return tagMembers(value, inner);
  if (prototype === Array.prototype) {
    if (seen !== undefined && Object.keys(value).length !== (value as readonly unknown[]).length) throw new NoTree(); // its prototype says so; holes, or names beside the numbers
    return Array.from(value as readonly unknown[], inner); // as above
  }
  if (prototype === null) return { $bare: Object.entries(value).map(([name, member]) => [name, inner(member)]) };
  if (prototype === Date.prototype) {
    const time = (value as Date).getTime(); // as above, and so below
    return { $date: Number.isNaN(time) ? null : time };
  }
  if (prototype === Map.prototype) return { $map: [...(value as ReadonlyMap<unknown, unknown>)].map(([key, member]) => [inner(key), inner(member)]) };
  if (prototype === Set.prototype) return { $set: [...(value as ReadonlySet<unknown>)].map(inner) };
  if (prototype === ArrayBuffer.prototype) return { $bytes: Buffer.from(value as ArrayBuffer).toString('base64'), of: 'ArrayBuffer' };
  if (ArrayBuffer.isView(value)) {
    const of = prototype === Buffer.prototype ? 'Buffer' : Object.keys(VIEWS).find(name => VIEWS[name as keyof typeof VIEWS].prototype === prototype); // its keys are these
    if (of === undefined || seen?.has(value.buffer) === true) throw new NoTree(); // two views of one buffer
    seen?.add(value.buffer);
    return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'), of };
  }
  throw new NoTree();
}

/** Nearly all records are these, and have ordinary names. */
function tagMembers(value: object, inner: (member: unknown) => Json): Json {
  const made: { [name: string]: Json } = {};
  for (const name of Object.keys(value)) {
    if (name === '__proto__' || name.startsWith('$')) return { $object: Object.entries(value).map(([of, member]) => [of, inner(member)]) };
    made[name] = inner(Reflect.get(value, name));
  }
  return made;
}

const UNTAG: { readonly [tag: string]: (body: Json, of: Json | undefined) => unknown } = {
  $number: body => (body === '-0' ? -0 : Number(body)),
  $bigint: body => BigInt(text(body)),
  $undefined: () => undefined,
  $date: body => new Date(body === null ? Number.NaN : Number(body)),
  $map: body => new Map(pairs(body)),
  $set: body => new Set(list(body).map(fromTagged)),
  $bytes: (body, of) => bytesOf(fromBase64(text(body)), of),
  $bare: body => members(body, Object.create(null) as object),
  $object: body => members(body, {}),
};

/** What {@link toTagged} was given. Throws a {@link DataError} for what it does not write. */
export function fromTagged(json: Json): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (isList(json)) return json.map(fromTagged);
  const [name, ...others] = Object.keys(json);
  if (name?.startsWith('$') !== true) {
    const value = {};
    for (const [of, member] of Object.entries(json)) put(value, of, fromTagged(member));
    return value;
  }
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

const pairs = (json: Json): readonly (readonly [unknown, unknown])[] =>
  list(json).map(pair => {
    const [key = null, value = null] = list(pair);
    return [fromTagged(key), fromTagged(value)];
  });

function members(json: Json, target: object): object {
  for (const [name, value] of pairs(json)) put(target, String(name), value);
  return target;
}

/** `__proto__` is a name like any other. */
function put(target: object, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  else (target as { [name: string]: unknown })[name] = value; // made here
}

/** Browsers, where the client of served views reads them, have no Buffer; there one comes back as a Uint8Array. */
const fromBase64 = (base64: string): Uint8Array => (typeof Buffer === 'undefined' ? Uint8Array.from(atob(base64), byte => byte.charCodeAt(0)) : Buffer.from(base64, 'base64'));

function bytesOf(bytes: Uint8Array, of: Json | undefined): unknown {
  const buffer = new Uint8Array(bytes).buffer;
  if (of === 'ArrayBuffer') return buffer;
  if (of === 'Buffer') return bytes;
  const View = typeof of === 'string' && Object.hasOwn(VIEWS, of) ? VIEWS[of as keyof typeof VIEWS] : undefined; // asked for just before
  if (View === undefined) throw new DataError('tag', `There is no binary data of kind ${JSON.stringify(of)}. There are ArrayBuffer, Buffer, ${Object.keys(VIEWS).join(', ')}.`, of);
  return new (View as new (bytes: ArrayBuffer) => unknown)(buffer); // all of them are made of a buffer
}
