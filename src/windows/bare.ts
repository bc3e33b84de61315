/**
 * Accumulators as they are, for tables with about as many entries as records: there a box around each number (see `boxed.ts`) costs more than the second look-up it saves.
 * A table keeps no `undefined`, so one that comes up stands as an object.
 */
import type { Aggregate } from '../core/aggregate.js';

const NOTHING = '\u0000nothing';

const shut = (acc: unknown): unknown => (acc === undefined ? { [NOTHING]: true } : acc);
const opened = (acc: unknown): unknown => (typeof acc === 'object' && acc !== null && NOTHING in acc ? undefined : acc);

/** The aggregate itself if its accumulator is an object. */
export function bare<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>): Aggregate<In, Acc, Out> {
  const sample: unknown = aggregate.zero();
  if (typeof sample === 'object' && sample !== null) return aggregate;
  const inner = aggregate as unknown as Aggregate<In, unknown, Out>; // to its user an accumulator is opaque
  const { subtract } = inner;
  const same: Aggregate<In, unknown, Out> = {
    ...inner,
    zero: () => shut(inner.zero()),
    add: (acc, value, time) => shut(inner.add(opened(acc), value, time)),
    merge: (a, b) => shut(inner.merge(opened(a), opened(b))),
    result: acc => inner.result(opened(acc)),
    ...(subtract === undefined ? {} : { subtract: (acc: unknown, part: unknown) => shut(subtract(opened(acc), opened(part))) }),
  };
  return same as unknown as Aggregate<In, Acc, Out>; // as above
}
