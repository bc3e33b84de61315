/** A typed place to write an aggregate of one's own. */
import type { Aggregate } from '../core/aggregate.js';

/**
 * The aggregate it is given, with its types inferred and checked where it is written instead of where it is used.
 *
 * @param aggregate an object that keeps the laws of {@link Aggregate}; {@link checkLaws} tests them.
 * @example
 * ```ts
 * import { checkLaws, custom } from 'millrace';
 *
 * const bytes = custom({
 *   name: 'bytes',
 *   commutative: true,
 *   zero: () => 0,
 *   add: (total, chunk: Uint8Array) => total + chunk.length,
 *   merge: (a, b) => a + b,
 *   result: total => `${total} B`,
 * });
 * checkLaws(bytes, [new Uint8Array(1), new Uint8Array(20)]);
 * ```
 */
export const custom = <In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>): Aggregate<In, Acc, Out> => aggregate;
