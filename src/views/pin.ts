/** What one answer reads, and the reading of it. Nothing here waits, so every event is on exactly one side. */
import { compareKeys, keyText } from '../core/key.js';
import type { LogPositions } from '../core/master-log.js';
import type { Key, Time } from '../core/values.js';
import type { Answer, Gap, Point, Range } from './answer.js';
import type { Definition } from './definition.js';
import type { MemoryRows, Rows } from './rows.js';
import type { Segment } from './speed.js';
import type { VersionManifest } from './versions.js';

/** A version in memory. */
export interface Loaded {
  readonly manifest: VersionManifest;
  readonly rows: MemoryRows;
  /** Long ranges of one key, merged. */
  readonly cache: { get(place: string): { readonly acc: unknown } | undefined; set(place: string, merged: { readonly acc: unknown }): unknown };
  /** Its keys in order, once somebody has asked for that. */
  keys: readonly Key[] | undefined;
  leases: number;
}

/** What one answer reads. */
export interface Pin {
  readonly definition: Definition;
  readonly version: Loaded | undefined;
  readonly cut: LogPositions;
  readonly segments: readonly Segment[];
  readonly watermark: Time;
  readonly gaps: readonly Gap[];
}

/** Ranges of more granules than this are kept merged, per version. */
const LONG = 64;

/** The accumulator of a key over a range; `undefined`: there is nothing. */
export const combined = ({ definition, version, segments }: Pin, key: Key, from: Time, to: Time): { readonly acc: unknown } | undefined => {
  const { aggregate } = definition;
  const sides: readonly Rows[] = version === undefined ? segments : [version.rows, ...segments];
  let acc: unknown;
  let some = false;
  const add = (row: unknown): void => {
    acc = aggregate.merge(some ? acc : aggregate.zero(), row);
    some = true;
  };
  if (aggregate.commutative !== true && sides.length > 1) {
    const rows: { readonly start: Time; readonly acc: unknown }[] = [];
    for (const side of sides) side.each(key, from, to, (start, row) => rows.push({ start, acc: row }));
    // Stable: of one granule the older events come first.
    rows.sort((a, b) => a.start - b.start);
    for (const row of rows) add(row.acc);
    return some ? { acc } : undefined;
  }
  if (version !== undefined) {
    const { start, end } = definition.granule(Number.isFinite(from) ? from : 0);
    if ((to - from) / (end - start) > LONG) {
      const place = `${keyText(key)} ${from} ${to}`;
      let found = version.cache.get(place);
      if (found === undefined) {
        version.rows.each(key, from, to, (_, row) => add(row));
        if (some) version.cache.set(place, (found = { acc: aggregate.merge(aggregate.zero(), acc) }));
      } else add(found.acc);
    } else version.rows.each(key, from, to, (_, row) => add(row));
  }
  for (const segment of segments) segment.each(key, from, to, (_, row) => add(row));
  return some ? { acc } : undefined;
};
/** What a view answers for it; the caller knows what its results are. */
export const resultOf = <R>({ definition: { aggregate } }: Pin, found: { readonly acc: unknown } | undefined): R => aggregate.result(found === undefined ? aggregate.zero() : found.acc) as R; // as said
/** The answer with what it is made of. */
export const answerOf = <V>({ version, cut, watermark, gaps }: Pin, range: Range, value: V): Answer<V> => ({ value, version: version?.manifest.version ?? 0, cut, watermark, complete: gaps.length === 0 && watermark >= range.to, gaps });

/** Every key that has anything, once. */
export const keysOf = ({ version, segments }: Pin): Map<string, Key> => {
  const found = new Map<string, Key>();
  for (const side of version === undefined ? segments : [version.rows, ...segments]) for (const key of side.keys()) found.set(keyText(key), key);
  return found;
};
/** The granules of a key that have something, in order. */
export const pointsOf = <R>(mine: Pin, key: Key, from: Time, to: Time): Point<R>[] => {
  const starts = new Set<Time>();
  for (const side of mine.version === undefined ? mine.segments : [mine.version.rows, ...mine.segments]) side.each(key, from, to, start => starts.add(start));
  return [...starts].sort((a, b) => a - b).map(start => ({ from: start, to: mine.definition.granule(start).end, value: resultOf<R>(mine, combined(mine, key, start, start + 1)) }));
};

/** The same in the order of keys, those of [from, ...) behind `after`. The keys of a version are sorted once. */
export function* keysInOrder({ version, segments }: Pin, from: Key | undefined, after: Key | undefined): Generator<Key, void> {
  const fresh = new Map<string, Key>();
  for (const segment of segments) for (const key of segment.keys()) fresh.set(keyText(key), key);
  const live = [...fresh.values()].sort(compareKeys);
  if (version !== undefined) version.keys ??= [...version.rows.keys()].sort(compareKeys);
  const settled = version?.keys ?? [];
  const begin = (keys: readonly Key[]): number => {
    let low = 0;
    for (let high = keys.length; low < high; ) {
      const middle = (low + high) >>> 1;
      const key = keys[middle];
      if (key !== undefined && ((from !== undefined && compareKeys(key, from) < 0) || (after !== undefined && compareKeys(key, after) <= 0))) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let [i, j] = [begin(settled), begin(live)];
  for (;;) {
    const [one, other] = [settled[i], live[j]];
    if (one === undefined && other === undefined) return;
    const order = one === undefined ? 1 : other === undefined ? -1 : compareKeys(one, other);
    if (order <= 0) i++;
    if (order >= 0) j++;
    const next = order <= 0 ? one : other;
    if (next !== undefined) yield next;
  }
}
