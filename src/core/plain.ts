/**
 * Plain data: copies of it, and the refusal of values that cannot be copied faithfully. What a checkpoint holds must not share an object with the running job,
 * or the job would go on writing into it. Trees of plain objects and arrays are nearly all of state and are copied by hand (some twenty times faster than
 * `structuredClone`); dates, maps, sets, binary data and cycles take the general way.
 */
import { DataError } from './errors.js';

/** Deeper than this a value is looked at for cycles, with a set, instead of trusting the stack. */
const DEEP = 64;

const FIX = 'Keep plain data in state: primitives, arrays, plain objects, Date, Map, Set, ArrayBuffer and its views.';

/** A copy that shares nothing with `value`. Throws a {@link DataError} `state-value` that names the path of what is not plain data; `where` says what the value belongs to. */
export function copyOf<V>(value: V, where: () => string): V {
  if (isPrimitive(value)) return value;
  const copy = copyTree(value, 0);
  if (copy !== NOT_A_TREE) return copy as V; // the copy has the type of what was copied
  refuseUnlessPlain(value, where);
  return structuredClone(value);
}

/** Throws a {@link DataError} `state-value` that names the path of what is not plain data. */
export function refuseUnlessPlain(value: unknown, where: () => string): void {
  const found = notPlain(value);
  if (found !== undefined) throw new DataError('state-value', `${where()}: ${found.path === '' ? 'the value' : found.path} is ${found.what}. ${FIX}`, found.value);
}

/** What in a value is not plain data, if anything is: where it stands (`.order.price`), and what it is. */
export interface NotPlain {
  readonly path: string;
  readonly what: string;
  readonly value: unknown;
}

/** The first thing in a value that is not plain data. `also`: prototypes that are plain for the caller. */
export const notPlain = (value: unknown, also: readonly unknown[] = []): NotPlain | undefined => find(value, '', new Set(), also);

const NOT_A_TREE = Symbol('not a tree');

const isPrimitive = (value: unknown): boolean => (typeof value !== 'object' || value === null) && typeof value !== 'function' && typeof value !== 'symbol';

function copyTree(value: unknown, depth: number): unknown {
  if (isPrimitive(value)) return value;
  if (typeof value !== 'object' || value === null || depth > DEEP) return NOT_A_TREE;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) {
    const items = value as readonly unknown[]; // its prototype says so
    const copy: unknown[] = [];
    for (let i = 0; i < items.length; i++) {
      const item = copyTree(items[i], depth + 1);
      if (item === NOT_A_TREE) return NOT_A_TREE;
      copy.push(item);
    }
    return copy;
  }
  if (prototype !== Object.prototype && prototype !== null) return NOT_A_TREE;
  const source = value as { readonly [name: string]: unknown };
  const copy: { [name: string]: unknown } = prototype === null ? (Object.create(null) as object as { [name: string]: unknown }) : {};
  for (const name of Object.keys(source)) {
    const member = copyTree(source[name], depth + 1);
    if (member === NOT_A_TREE) return NOT_A_TREE;
    if (name === '__proto__') Object.defineProperty(copy, name, { value: member, enumerable: true, writable: true, configurable: true });
    else copy[name] = member;
  }
  return copy;
}

const plainClasses: readonly unknown[] = [Object, Array, Date, Map, Set, ArrayBuffer, DataView, Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array].map(
  made => (made as { readonly prototype: unknown }).prototype,
);

function find(value: unknown, path: string, seen: Set<unknown>, also: readonly unknown[]): NotPlain | undefined {
  if (isPrimitive(value) || seen.has(value)) return undefined;
  seen.add(value);
  if (typeof value !== 'object' || value === null) return { what: `a ${typeof value}`, path, value };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && !plainClasses.includes(prototype) && !also.includes(prototype)) return { what: `an instance of ${className(value)}`, path, value };
  for (const [at, member] of membersOf(value)) {
    const found = find(member, path + at, seen, also);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What an object holds, each with how it is got at. */
function* membersOf(value: object): Generator<readonly [at: string, member: unknown]> {
  if (value instanceof Map) {
    for (const [key, member] of value) {
      yield ['.keys()', key];
      yield [`.get(${isPrimitive(key) ? String(key).slice(0, 40) : typeof key})`, member];
    }
  } else if (value instanceof Set) {
    for (const member of value) yield ['.values()', member];
  } else if (Array.isArray(value)) {
    for (const [index, member] of value.entries()) yield [`[${index}]`, member];
  } else if (!ArrayBuffer.isView(value)) {
    for (const [name, member] of Object.entries(value)) yield [/^[\w$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`, member];
  }
}

function className(value: object): string {
  const made: unknown = value.constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : 'a class without a name';
}
