/** Where two answers differ. */
import { sameValue } from '../core/same-value.js';
import type { Key, Time } from '../core/values.js';
import { compareRows } from './order.js';
import { resultOf, rowsOf, type Pin } from './pin.js';
import type { Row } from './rows.js';
import type { Turns } from './turns.js';

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
const EVERYTHING = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** Row by row, both in their order: what differs between two answers, of pins that stand still. */
export async function compare<R>(before: Pin, after: Pin, turns: Turns, told?: (change: { readonly key: Key; readonly from: Time; readonly before: R | undefined; readonly after: R | undefined }) => void): Promise<Reconciled> {
  const all: { readonly key: Key; readonly from: Time; readonly before: unknown; readonly after: unknown; readonly size: number }[] = [];
  let rows = 0;
  let differ = 0;
  const look = (row: Row, old: R | undefined, now: R | undefined): void => {
    rows++;
    if (sameValue(old, now)) return;
    differ++;
    const [key, from] = row;
    told?.({ key, from, before: old, after: now });
    const size = typeof old === 'number' && typeof now === 'number' ? Math.abs(now - old) : Number.POSITIVE_INFINITY;
    if (all.length >= LARGEST && size <= (all.at(-1)?.size ?? 0)) return;
    let at = all.findIndex(one => one.size < size);
    if (at < 0) at = all.length;
    all.splice(at, 0, { key, from, before: old, after: now, size });
    if (all.length > LARGEST) all.pop();
  };
  const olds = rowsOf(before, EVERYTHING, turns)[Symbol.asyncIterator]();
  const news = rowsOf(after, EVERYTHING, turns)[Symbol.asyncIterator]();
  try {
    let [left, right] = [await someOf(olds), await someOf(news)];
    for (let [i, j] = [0, 0]; left.length > 0 || right.length > 0; ) {
      const [old, now] = [left[i], right[j]];
      const order = old === undefined ? 1 : now === undefined ? -1 : compareRows(old, now);
      const row = order <= 0 ? old : now;
      if (row !== undefined) look(row, order <= 0 && old !== undefined ? resultOf<R>(before, { acc: old[2] }) : undefined, order >= 0 && now !== undefined ? resultOf<R>(after, { acc: now[2] }) : undefined);
      if (order <= 0 && ++i >= left.length) [left, i] = [await someOf(olds), 0];
      if (order >= 0 && ++j >= right.length) [right, j] = [await someOf(news), 0];
    }
  } finally {
    await olds.return?.();
    await news.return?.();
  }
  return { rows, differ, largest: all.map(({ key, from, before: old, after: now }) => ({ key, from, before: old, after: now })) };
}

/** The next rows; none: it is over. */
async function someOf(rows: AsyncIterator<readonly Row[]>): Promise<readonly Row[]> {
  for (;;) {
    const next = await rows.next();
    if (next.done === true) return [];
    if (next.value.length > 0) return next.value;
  }
}
