/** Records as JSON that gives them back whole, weighed, until they are delivered. */
import { DataError } from '../../core/errors.js';
import { notPlain } from '../../core/plain.js';
import { NoTree, fromTagged, toTagged } from '../../core/tagged.js';
import type { Json } from '../../core/values.js';

/** A value as JSON, and about how many bytes it takes in memory. */
export interface Packed {
  readonly json: Json;
  readonly size: number;
}

const FIX = 'Map it to plain data before the sink: primitives, arrays, plain objects, Date, Map, Set, ArrayBuffer and its views.';

/** Throws a {@link DataError} `outbox-value` that names the path of what is not plain data. */
export function pack(value: unknown): Packed {
  try {
    const json = toTagged(value);
    return { json, size: sizeOf(json) };
  } catch (cause) {
    if (!(cause instanceof NoTree)) throw cause;
    const { path, what } = notPlain(value, [Buffer.prototype]) ?? { path: '', what: 'nested too deep, or holds itself' };
    throw new DataError('outbox-value', `The record cannot be kept until it is delivered: ${path === '' ? 'it' : path.replace(/^\./, '')} is ${what}. ${FIX}`, undefined, { cause });
  }
}

function sizeOf(json: Json): number {
  if (typeof json === 'string') return 8 + json.length * 2;
  if (typeof json !== 'object' || json === null) return 8;
  let size = 32;
  if (Array.isArray(json)) for (const item of json as readonly Json[]) size += sizeOf(item); // a list of them
  else for (const [name, item] of Object.entries(json)) size += name.length + sizeOf(item);
  return size;
}

/** What was packed. Throws a {@link DataError} `outbox-token` for what `pack` never gave. */
export function unpack(json: Json): unknown {
  try {
    return fromTagged(json);
  } catch (cause) {
    throw new DataError('outbox-token', 'What the checkpoint says about undelivered records is not from this sink. Give the step another name, or start the job without its state.', undefined, { cause });
  }
}
