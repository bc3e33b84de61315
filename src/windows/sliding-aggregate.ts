/**
 * The aggregate of a row of parts that gets longer at one end and shorter at the other, at a cost per part that does not depend on the length of the row.
 * Where the aggregate is commutative and can subtract, the oldest part is subtracted. Elsewhere two stacks: the older parts are kept as aggregates of all parts from each one to
 * the middle, the newer ones as one aggregate; when the old stack is empty, the new one is turned over. A part costs at most five merges, however long the row.
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

/** Two stacks whose arrays are used again: a window that moves for long would else leave many behind. */
interface Stacks<Acc> {
  /** Aggregates of all parts from one part to the middle; that of the oldest part is last. */
  readonly old: Acc[];
  olds: number;
  /** The parts after the middle. */
  readonly parts: Acc[];
  count: number;
  /** Their aggregate. */
  young: Acc | undefined;
  /** The aggregate of all, once somebody asked for it. */
  whole: Acc | undefined;
}

function stacks<Acc>({ merge, zero }: Aggregate<never, Acc, unknown>): SlidingAggregate<Acc, Stacks<Acc>> {
  /** One that may be changed. Numbers and texts are nobody's. */
  const own = (acc: Acc): Acc => (typeof acc === 'object' && acc !== null ? merge(zero(), acc) : acc);
  const turnOver = (row: Stacks<Acc>): void => {
    const { old, parts } = row;
    let rest: Acc | undefined;
    let olds = 0;
    // The oldest part is the one that goes.
    for (let i = row.count - 1; i > 0; i--) {
      const part = own(parts[i] as Acc); // the index is within bounds
      rest = rest === undefined ? part : merge(part, rest);
      old[olds++] = rest;
    }
    // Nothing is kept alive by places that wait for their next use.
    if (typeof parts[0] === 'object') parts.length = 0;
    row.olds = olds;
    row.count = 0;
    row.young = undefined;
  };
  return {
    subtracts: false,
    empty: () => ({ old: [], olds: 0, parts: [], count: 0, young: undefined, whole: undefined }),
    push(row, part) {
      row.parts[row.count++] = part;
      row.young = row.young === undefined ? own(part) : merge(row.young, part);
      row.whole = undefined;
      return row;
    },
    shift(row) {
      row.whole = undefined;
      if (row.olds === 0) turnOver(row);
      else {
        row.olds--;
        if (typeof row.old[row.olds] === 'object') row.old.length = row.olds;
      }
      return row;
    },
    value(row) {
      if (row.whole !== undefined) return row.whole;
      const { olds, young } = row;
      if (olds === 0) return (row.whole = young === undefined ? zero() : young);
      const old = row.old[olds - 1] as Acc; // the index is within bounds
      return (row.whole = young === undefined ? old : merge(own(old), young));
    },
    work: row => (row.olds === 0 ? row.count : 1),
  };
}
