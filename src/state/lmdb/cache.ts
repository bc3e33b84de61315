/**
 * How much of the state stays decoded in memory besides what is dirty: the entries used most lately, by two generations. What is used moves to the young one; when that has half of the bound, the old
 * one is forgotten and the young one becomes old. A commit makes a whole overlay young by handing its Map over, where a list of single entries would cost as much again as writing them.
 */

/** Bounds on what is kept. */
export interface CacheBounds {
  readonly entries: number;
  /** As they are encoded. */
  readonly bytes: number;
}

export interface Cache {
  /** So many entries became young. */
  add(entries: number, bytes: number): void;
  /** Told when the young generation becomes old; `false`: it is not worth keeping at all. */
  readonly turns: Set<() => void>;
  /** Would so many at once be too many? */
  holds(entries: number, bytes: number): boolean;
}

export function generations(bounds: CacheBounds): Cache {
  let entries = 0;
  let bytes = 0;
  const turns = new Set<() => void>();
  return {
    turns,
    holds: (some, size) => some <= bounds.entries / 2 && size <= bounds.bytes / 2,
    add(some, size) {
      entries += some;
      bytes += size;
      if (entries <= bounds.entries / 2 && bytes <= bounds.bytes / 2) return;
      entries = 0;
      bytes = 0;
      for (const turn of turns) turn();
    },
  };
}
