/** Values of state as JSON for people: tagged ({@link toTagged}), and as `$v8` what is no tree (it refers to itself, or to one thing twice), so that every value comes back to the byte. */
import { NoTree, fromTagged, toTagged } from '../../core/tagged.js';
import type { Json } from '../../core/values.js';
import { decodeValue, encodeValue } from '../codec.js';

/** A value that can be read and edited. */
export function shown(value: unknown): Json {
  try {
    return toTagged(value, new Set());
  } catch (cause) {
    if (!(cause instanceof NoTree)) throw cause;
    return { $v8: encodeValue(value, () => 'The value').toString('base64') };
  }
}

/** What {@link shown} was given. Throws a DataError for what it does not write. */
export function unshown(json: Json): unknown {
  const bytes = json !== null && typeof json === 'object' && '$v8' in json ? json['$v8'] : undefined;
  return typeof bytes === 'string' ? decodeValue(Buffer.from(bytes, 'base64')) : fromTagged(json);
}
