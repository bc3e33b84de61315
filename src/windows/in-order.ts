/** Sorting that can be interrupted: a million keys must not hold the event loop. Merges of the runs that are there already, so that what is in order costs one look. */

/** What is sorted by: whole numbers, no two the same. */
export interface Ordered {
  readonly order: number;
}

/** Between two pauses so many steps are made. */
const STRIDE = 64;

/** One list of two sorted ones. */
export function* merged<T extends Ordered>(a: readonly T[], b: readonly T[]): Generator<void, readonly T[]> {
  const [firstA, firstB] = [a[0], b[0]];
  if (firstA === undefined) return b;
  if (firstB === undefined) return a;
  if ((a.at(-1)?.order ?? 0) < firstB.order) return a.concat(b);
  const all: T[] = [];
  let [i, j] = [0, 0];
  let [x, y]: (T | undefined)[] = [firstA, firstB];
  while (x !== undefined || y !== undefined) {
    if (y === undefined || (x !== undefined && x.order < y.order)) {
      if (x !== undefined) all.push(x);
      x = a[++i];
    } else {
      all.push(y);
      y = b[++j];
    }
    if (all.length % STRIDE === 0) yield;
  }
  return all;
}

/** Sorted, by merging neighbouring runs. */
export function* sorted<T extends Ordered>(items: readonly T[]): Generator<void, readonly T[]> {
  let runs: (readonly T[])[] = [];
  let run: T[] = [];
  let steps = 0;
  for (const item of items) {
    const last = run.at(-1);
    if (last !== undefined && last.order > item.order) {
      runs.push(run);
      run = [];
    }
    run.push(item);
    if (++steps % STRIDE === 0) yield;
  }
  runs.push(run);
  while (runs.length > 1) {
    const fewer: (readonly T[])[] = [];
    for (let i = 0; i < runs.length; i += 2) fewer.push(yield* merged(runs[i] ?? [], runs[i + 1] ?? []));
    runs = fewer;
  }
  return runs[0] ?? [];
}
