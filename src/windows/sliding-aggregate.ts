/**
 * The aggregate of a row of parts that gets longer at one end and shorter at the other, at a cost per part that does not depend on the length of the row.
 * Where the aggregate is commutative and can subtract, the oldest part is subtracted. Elsewhere two stacks: the older parts are kept as aggregates of all parts from each one to
 * the middle, the newer ones as one aggregate; when the old stack is empty, the new one is turned over. Each part is merged at most three times.
 *
 * K. Tangwongsan, M. Hirzel, S. Schneider, K.-L. Wu, "General Incremental Sliding-Window Aggregation", VLDB 8 (2015).
 */
import type { Aggregate } from '../core/aggregate.js';

/** How rows of one aggregate slide. `Row` is opaque; what is given back replaces what was handed in. */
export interface SlidingAggregate<Acc, Row> {
  /** Whether a part may be taken out wherever it stands. */
  readonly subtracts: boolean;
  readonly empty: () => Row;
  /** A part at the new end. It is neither changed nor copied: until it is taken away it stays as it is. */
  push(row: Row, part: Acc): Row;
  /** The part at the old end goes. */
  shift(row: Row, part: Acc): Row;
  /** Not to be changed, and gone with the next `push` or `shift`. */
  value(row: Row): Acc;
  /** How many merges the next `shift` takes. */
  work(row: Row): number;
}

/** The best way there is for an aggregate. */
export function slidingAggregate<Acc>(aggregate: Aggregate<never, Acc, unknown>): SlidingAggregate<Acc, unknown> {
  const { merge, zero, subtract } = aggregate;
  if (subtract !== undefined && aggregate.commutative === true) {
    const way: SlidingAggregate<Acc, Acc> = { subtracts: true, empty: zero, push: merge, shift: subtract, value: row => row, work: () => 1 };
    return way;
  }
  return stacks(aggregate);
}

interface Stacks<Acc> {
  /** Aggregates of all parts from one part to the middle; the oldest part's is last. */
  readonly old: Acc[];
  /** The parts after the middle. */
  parts: Acc[];
  /** Their aggregate. */
  young: Acc | undefined;
  /** The aggregate of all, once somebody asked for it. */
  whole: Acc | undefined;
}

function stacks<Acc>({ merge, zero }: Aggregate<never, Acc, unknown>): SlidingAggregate<Acc, Stacks<Acc>> {
  return {
    subtracts: false,
    empty: () => ({ old: [], parts: [], young: undefined, whole: undefined }),
    push(row, part) {
      row.parts.push(part);
      row.young = merge(row.young ?? zero(), part);
      row.whole = undefined;
      return row;
    },
    shift(row) {
      row.whole = undefined;
      if (row.old.length === 0) {
        let rest: Acc | undefined;
        // The oldest part is the one that goes.
        for (let i = row.parts.length - 1; i > 0; i--) {
          const own = merge(zero(), row.parts[i] as Acc); // the index is within bounds
          rest = rest === undefined ? own : merge(own, rest);
          row.old.push(rest);
        }
        row.parts = [];
        row.young = undefined;
      } else row.old.pop();
      return row;
    },
    value(row) {
      if (row.whole !== undefined) return row.whole;
      const old = row.old.at(-1);
      return (row.whole = old === undefined ? (row.young ?? zero()) : row.young === undefined ? old : merge(merge(zero(), old), row.young));
    },
    work: row => (row.old.length === 0 ? row.parts.length : 1),
  };
}
