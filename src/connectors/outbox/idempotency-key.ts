/** Keys by which a receiver knows what it already has. They are hashes: of any length and any alphabet go in, what a header may hold comes out. */
import { createHash } from 'node:crypto';
import type { Json } from '../../core/values.js';
import { pack } from './lossless.js';

/**
 * A key that is the same whenever its parts are, in any process and on any day: to be sent as `Idempotency-Key`, so that a receiver which remembers keys does a thing once however often it is asked.
 *
 * The parts must say which record it is, and of what: the name of the operation and the record's own id. A replay after a crash then sends the same key, and two records have the same key only if
 * their parts are equal. The order of an object's members does not matter; that of arrays, maps and sets does. For records without an id of their own there is `withIdempotencyKeys`.
 *
 * @param parts plain data
 * @returns 43 characters from A-Z, a-z, 0-9, `-` and `_`: SHA-256 in base64url
 * @throws DataError `outbox-value` for a part that is not plain data
 * @example
 * ```ts
 * import { idempotencyKey } from 'millrace/outbox';
 *
 * const headers = { 'Idempotency-Key': idempotencyKey('charge', { order: 17, attempt: 1 }) };
 * console.log(headers['Idempotency-Key'] === idempotencyKey('charge', { attempt: 1, order: 17 })); // true
 * ```
 */
export const idempotencyKey = (...parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(inOrder(pack(parts).json))).digest('base64url');

/** With the members of every object by name. As pairs: a name that looks like a number would not stay where it is put. */
function inOrder(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map((item: Json) => inOrder(item));
  const members = Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { of: members.map(([name, item]) => [name, inOrder(item)]) };
}
