/** Both sides of a window, as an aggregate: what window joins and co-groups are made of. */
import type { Aggregate } from '../core/aggregate.js';
import type { JoinType } from '../core/join.js';

/** A record and the side it came from: 0 is the left. */
export interface Sided {
  readonly side: 0 | 1;
  readonly value: unknown;
}

/** The records of a window, each side in order of arrival. */
export interface Sides<out L, out R> {
  readonly left: readonly L[];
  readonly right: readonly R[];
}

/** Collects both sides. */
export function sides<L, R>(): Aggregate<Sided, { readonly left: L[]; readonly right: R[] }, Sides<L, R>> {
  return {
    name: 'sides',
    zero: () => ({ left: [], right: [] }),
    add(so, { side, value }) {
      if (side === 0) so.left.push(value as L); // the records of that input
      else so.right.push(value as R);
      return so;
    },
    merge(a, b) {
      for (const value of b.left) a.left.push(value);
      for (const value of b.right) a.right.push(value);
      return a;
    },
    result: ({ left, right }) => ({ left: [...left], right: [...right] }),
  };
}

/** Every pair of a window; a side without records stands as `undefined` beside each of the other, where the type of the join says so. */
export function* pairs<L, R>({ left, right }: Sides<L, R>, type: JoinType): Generator<{ readonly left: L | undefined; readonly right: R | undefined }> {
  for (const l of left) for (const r of right) yield { left: l, right: r };
  if (right.length === 0 && (type === 'left' || type === 'full')) for (const l of left) yield { left: l, right: undefined };
  if (left.length === 0 && (type === 'right' || type === 'full')) for (const r of right) yield { left: undefined, right: r };
}
