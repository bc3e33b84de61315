/** Where two answers differ. */
import { sameValue } from '../core/same-value.js';
import type { Key, Time } from '../core/values.js';
import { keysOf, pointsOf, type Pin } from './pin.js';

/** How a new version differs from what was answered before it. */
export interface Reconciled {
  /** Rows (of a key and granule) that were compared. */
  readonly rows: number;
  readonly differ: number;
  /** The largest differences first, by number where results are numbers; at most 20. */
  readonly largest: readonly { readonly key: Key; readonly from: Time; readonly before: unknown; readonly after: unknown }[];
}

/** Differences that are shown. */
const LARGEST = 20;
/** Rows between two turns of the host. */
const ROWS_PER_TURN = 4_096;

/** Row by row: what differs between two answers. */
export async function compare<R>(before: Pin, after: Pin, turn: () => Promise<void>, told?: (change: { readonly key: Key; readonly from: Time; readonly before: R | undefined; readonly after: R | undefined }) => void): Promise<Reconciled> {
  const all: { readonly key: Key; readonly from: Time; readonly before: unknown; readonly after: unknown; readonly size: number }[] = [];
  let rows = 0;
  let differ = 0;
  const keys = keysOf(before);
  for (const [text, key] of keysOf(after)) keys.set(text, key);
  for (const key of keys.values()) {
    const olds = new Map(pointsOf<R>(before, key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map(point => [point.from, point.value]));
    const news = new Map(pointsOf<R>(after, key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map(point => [point.from, point.value]));
    for (const from of new Set([...olds.keys(), ...news.keys()])) {
      if (++rows % ROWS_PER_TURN === 0) await turn();
      const [old, now] = [olds.get(from), news.get(from)];
      if (sameValue(old, now)) continue;
      differ++;
      told?.({ key, from, before: old, after: now });
      const size = typeof old === 'number' && typeof now === 'number' ? Math.abs(now - old) : Number.POSITIVE_INFINITY;
      if (all.length >= LARGEST && size <= (all.at(-1)?.size ?? 0)) continue;
      let at = all.findIndex(one => one.size < size);
      if (at < 0) at = all.length;
      all.splice(at, 0, { key, from, before: old, after: now, size });
      if (all.length > LARGEST) all.pop();
    }
  }
  return { rows, differ, largest: all.map(({ key, from, before: old, after: now }) => ({ key, from, before: old, after: now })) };
}
