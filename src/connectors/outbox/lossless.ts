/**
 * Plain data as JSON that gives it back whole: what JSON does not have is tagged `{ "$": [kind, ...] }`, and an object with a member `$` of its own is tagged too, so nothing is mistaken.
 * Trees of objects, arrays, texts and finite numbers, which is what records mostly are, come out as they are.
 */
import { DataError } from '../../core/errors.js';
import type { Json } from '../../core/values.js';

/** A value as JSON, and about how many bytes it takes in memory. */
export interface Packed {
  readonly json: Json;
  readonly size: number;
}

/** Deeper is a cycle, or nothing that a manifest should hold. */
const DEEPEST = 200;

const FIX = 'Map it to plain data before the sink: primitives, arrays, plain objects, Date, Map, Set, ArrayBuffer and its views.';

type Views = { readonly [name: string]: new (buffer: ArrayBuffer) => ArrayBufferView };
const VIEWS: Views = { Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView };

/** Throws a {@link DataError} `outbox-value` that names the path of what is not plain data. */
export function pack(value: unknown): Packed {
  const path: (string | number)[] = [];
  let size = 0;
  const refuse = (what: string): never => {
    const at = path.map(part => (typeof part === 'number' ? `[${part}]` : /^[\w$]{1,100}$/.test(part) ? `.${part}` : `[${JSON.stringify(part.slice(0, 100))}]`)).join('');
    throw new DataError('outbox-value', `The record cannot be kept until it is delivered: ${at === '' ? 'it' : at.replace(/^\./, '')} ${what}. ${FIX}`, undefined);
  };
  const member = (at: string | number, inner: unknown): Json => {
    path.push(at);
    const json = of(inner);
    path.pop();
    return json;
  };
  const of = (inner: unknown): Json => {
    size += 8;
    switch (typeof inner) {
      case 'string':
        size += inner.length * 2;
        return inner;
      case 'boolean':
        return inner;
      case 'number':
        return Number.isFinite(inner) && !Object.is(inner, -0) ? inner : { $: ['number', Object.is(inner, -0) ? '-0' : String(inner)] };
      case 'bigint':
        return { $: ['bigint', String(inner)] };
      case 'undefined':
        return { $: ['undefined'] };
      case 'object':
        return inner === null ? null : ofObject(inner);
      case 'function':
      case 'symbol':
        return refuse(`is a ${typeof inner}`);
    }
  };
  const ofObject = (inner: object): Json => {
    if (path.length > DEEPEST) refuse(`nests deeper than ${DEEPEST} levels, or holds itself`);
    size += 24;
    const prototype: unknown = Object.getPrototypeOf(inner);
    if (prototype === Array.prototype) return Array.from(inner as readonly unknown[], (item, index) => member(index, item)); // its prototype says so
    if (prototype === Object.prototype) {
      if (Object.hasOwn(inner, '$')) return { $: ['object', Object.entries(inner).map(([name, item]) => [name, member(name, item)])] };
      const copy: { [name: string]: Json } = {};
      for (const name of Object.keys(inner)) {
        size += name.length;
        const json = member(name, Reflect.get(inner, name));
        if (name === '__proto__') Object.defineProperty(copy, name, { value: json, enumerable: true, writable: true, configurable: true });
        else copy[name] = json;
      }
      return copy;
    }
    if (prototype === null) return { $: ['bare', Object.entries(inner).map(([name, item]) => [name, member(name, item)])] };
    if (prototype === Date.prototype) {
      const time = (inner as Date).getTime(); // as above, and so below
      return { $: ['date', Number.isNaN(time) ? null : time] };
    }
    if (prototype === Map.prototype) return { $: ['map', [...(inner as ReadonlyMap<unknown, unknown>)].map(([key, item], index) => [member(`keys()[${index}]`, key), member(`values()[${index}]`, item)])] };
    if (prototype === Set.prototype) return { $: ['set', [...(inner as ReadonlySet<unknown>)].map((item, index) => member(`values()[${index}]`, item))] };
    if (prototype === ArrayBuffer.prototype) return bytes('ArrayBuffer', Buffer.from(inner as ArrayBuffer));
    if (ArrayBuffer.isView(inner)) {
      const name = prototype === Buffer.prototype ? 'Buffer' : Object.keys(VIEWS).find(known => VIEWS[known]?.prototype === prototype);
      if (name !== undefined) return bytes(name, Buffer.from(inner.buffer, inner.byteOffset, inner.byteLength));
    }
    const made: unknown = inner.constructor;
    return refuse(`is an instance of ${typeof made === 'function' && made.name !== '' ? made.name : 'a class without a name'}`);
  };
  const bytes = (name: string, content: Buffer): Json => {
    size += content.length * 2;
    return { $: ['bytes', name, content.toString('base64')] };
  };
  return { json: of(value), size };
}

/** What was packed. Throws a {@link DataError} `outbox-token` for what `pack` never gave. */
export function unpack(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (isList(json)) return json.map(unpack);
  if (Object.hasOwn(json, '$')) return untag(json['$'] ?? null);
  const value: { [name: string]: unknown } = {};
  for (const [name, item] of Object.entries(json)) put(value, name, item);
  return value;
}

const isList = (json: Json | undefined): json is readonly Json[] => Array.isArray(json);

function put(value: { [name: string]: unknown }, name: string, item: Json): void {
  if (name === '__proto__') Object.defineProperty(value, name, { value: unpack(item), enumerable: true, writable: true, configurable: true });
  else value[name] = unpack(item);
}

function untag(tag: Json): unknown {
  const [kind, first, second] = isList(tag) ? tag : [];
  if (kind === 'undefined') return undefined;
  if (kind === 'number') return Number(first);
  if (kind === 'bigint' && typeof first === 'string') return BigInt(first);
  if (kind === 'date') return new Date(typeof first === 'number' ? first : Number.NaN);
  if (kind === 'set' && isList(first)) return new Set(first.map(unpack));
  if ((kind === 'object' || kind === 'bare' || kind === 'map') && isList(first)) {
    const pairs = first.map(pair => (isList(pair) ? pair : []));
    if (kind === 'map') return new Map(pairs.map(([key, item]) => [unpack(key ?? null), unpack(item ?? null)]));
    const value = (kind === 'bare' ? Object.create(null) : {}) as { [name: string]: unknown }; // either is one
    for (const [name, item] of pairs) if (typeof name === 'string') put(value, name, item ?? null);
    return value;
  }
  if (kind === 'bytes' && typeof first === 'string' && typeof second === 'string') {
    const content = Buffer.from(second, 'base64');
    if (first === 'Buffer') return content;
    const buffer = new Uint8Array(content).buffer;
    const View = VIEWS[first];
    return View === undefined ? buffer : new View(buffer);
  }
  throw new DataError('outbox-token', 'What the checkpoint says about undelivered records is not from this sink. Give the step another name, or start the job without its state.', undefined);
}
