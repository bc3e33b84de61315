/**
 * A queue of parts whose fold costs a constant number of merges for each part that comes or goes, whatever the aggregate: two stacks, the older parts kept as folds from each one to the youngest of them.
 * Plain data, to be kept in state. After "Tangwongsan, Hirzel, Schneider: Low-latency sliding-window aggregation in worst-case constant time" (2017), which calls it two-stacks and improves on it.
 */
import type { Aggregate } from '../core/aggregate.js';

export interface TwoStacks<Acc> {
  /** Folds of the older parts, from each one to the youngest of them; the oldest last. */
  older: Acc[];
  /** The younger parts, in order, and their fold. */
  younger: Acc[];
  fold: Acc;
}

export const emptyStacks = <Acc>(aggregate: Aggregate<never, Acc, unknown>): TwoStacks<Acc> => ({ older: [], younger: [], fold: aggregate.zero() });

/** Takes in the youngest part, which is kept. */
export function pushPart<Acc>(stacks: TwoStacks<Acc>, part: Acc, aggregate: Aggregate<never, Acc, unknown>): void {
  stacks.younger.push(part);
  stacks.fold = aggregate.merge(stacks.fold, part);
}

/** Lets the oldest part go. */
export function shiftPart<Acc>(stacks: TwoStacks<Acc>, aggregate: Aggregate<never, Acc, unknown>): void {
  if (stacks.older.length === 0) {
    let fold: Acc | undefined;
    for (const part of stacks.younger.toReversed()) {
      const alone = aggregate.merge(aggregate.zero(), part);
      fold = fold === undefined ? alone : aggregate.merge(alone, fold);
      stacks.older.push(fold);
    }
    stacks.younger = [];
    stacks.fold = aggregate.zero();
  }
  stacks.older.pop();
}

/** The fold of all parts, oldest first. */
export function foldOf<Acc>(stacks: TwoStacks<Acc>, aggregate: Aggregate<never, Acc, unknown>): Acc {
  const oldest = stacks.older.at(-1);
  const whole = oldest === undefined ? aggregate.zero() : aggregate.merge(aggregate.zero(), oldest);
  return aggregate.merge(whole, stacks.fold);
}
