/** What one answer reads, and the reading of it: each event is on exactly one side. */
import { keyText } from '../core/key.js';
import type { LogPositions } from '../core/master-log.js';
import type { Key, Time } from '../core/values.js';
import type { Answer, Gap, Range } from './answer.js';
import type { Definition } from './definition.js';
import { liveRows } from './live-rows.js';
import { mergeRows } from './merge-rows.js';
import type { Row, Span, VersionRows } from './rows.js';
import type { Segment } from './speed.js';
import type { Turns } from './turns.js';
import type { VersionManifest } from './versions.js';

/** A version that can be asked. */
export interface Loaded {
  readonly manifest: VersionManifest;
  readonly rows: VersionRows;
  /** Long ranges of one key, merged. */
  readonly cache: { get(place: string): Found | undefined; set(place: string, merged: Found): unknown };
  leases: number;
}

/** What one answer reads. The version does not change; what is read of the segments is read in the turn in which they are pinned. */
export interface Pin {
  readonly definition: Definition;
  readonly version: Loaded | undefined;
  readonly cut: LogPositions;
  readonly segments: readonly Segment[];
  readonly watermark: Time;
  readonly gaps: readonly Gap[];
  /** For what takes several turns: the same, standing still until it is released. */
  still(): Still;
}

/** A moment that is held. */
export interface Still {
  readonly pin: Pin;
  release(): void;
}

/** An accumulator; nobody changes it. */
export interface Found {
  readonly acc: unknown;
}

/** Ranges of more granules than this are kept merged, per version. */
const LONG = 64;

/** The accumulator of a key over a range; `undefined`: there is nothing. All of the segments is read before it answers, so that only the version may have to be waited for. */
export function combined({ definition, version, segments }: Pin, key: Key, from: Time, to: Time): Promise<Found | undefined> | Found | undefined {
  const { aggregate } = definition;
  if (aggregate.commutative !== true) return inOrder(definition, version, segments, key, from, to);
  const live = summed(definition);
  for (const segment of segments) segment.each(key, from, to, live.add);
  if (version === undefined) return live.found();
  const both = (settled: Found | undefined): Found | undefined => {
    const came = live.found();
    return settled === undefined || came === undefined ? (settled ?? came) : { acc: aggregate.merge(aggregate.merge(aggregate.zero(), settled.acc), came.acc) };
  };
  const settled = settledOf(definition, version, key, from, to);
  return settled instanceof Promise ? leased(version, settled.then(both)) : both(settled);
}

interface Sum {
  add(start: Time, row: unknown): void;
  found(): Found | undefined;
}

function summed({ aggregate: { zero, merge } }: Definition): Sum {
  let acc: unknown;
  let some = false;
  return {
    add(_, row) {
      acc = merge(some ? acc : zero(), row);
      some = true;
    },
    found: () => (some ? { acc } : undefined),
  };
}

/** While it is read, a version is not removed. */
async function leased<V>(version: Loaded, reading: Promise<V>): Promise<V> {
  version.leases++;
  try {
    return await reading;
  } finally {
    version.leases--;
  }
}

/** What a version has of a key. */
function settledOf(definition: Definition, { rows, cache }: Loaded, key: Key, from: Time, to: Time): Promise<Found | undefined> | Found | undefined {
  const { start, end } = definition.granule(Number.isFinite(from) ? from : 0);
  const place = (to - from) / (end - start) > LONG ? `${keyText(key)} ${from} ${to}` : undefined;
  const known = place === undefined ? undefined : cache.get(place);
  if (known !== undefined) return known;
  const sum = summed(definition);
  const whole = (): Found | undefined => {
    const found = sum.found();
    if (found !== undefined && place !== undefined) cache.set(place, found);
    return found;
  };
  const reading = rows.each(key, from, to, sum.add);
  return reading === undefined ? whole() : reading.then(whole);
}

/** The same where granules must be merged in their order, and of one granule what the version has first: it is older. */
function inOrder(definition: Definition, version: Loaded | undefined, segments: readonly Segment[], key: Key, from: Time, to: Time): Promise<Found | undefined> | Found | undefined {
  const { zero, merge } = definition.aggregate;
  const rows: { readonly start: Time; readonly acc: unknown }[] = [];
  // The segments go on changing theirs.
  for (const segment of segments) segment.each(key, from, to, (start, acc) => rows.push({ start, acc: version === undefined ? acc : merge(zero(), acc) }));
  // Stable: of one granule the older events come first.
  rows.sort((a, b) => a.start - b.start);
  const sum = summed(definition);
  let next = 0;
  const upTo = (end: Time): void => {
    for (let row = rows[next]; row !== undefined && row.start < end; row = rows[++next]) sum.add(row.start, row.acc);
  };
  const reading = version?.rows.each(key, from, to, (start, acc) => {
    upTo(start);
    sum.add(start, acc);
  });
  const rest = (): Found | undefined => {
    upTo(Number.POSITIVE_INFINITY);
    return sum.found();
  };
  return reading === undefined || version === undefined ? rest() : leased(version, reading.then(rest));
}

/** All rows, in the order of keys and granules, of a pin that stands still. */
export const rowsOf = ({ definition: { aggregate }, version, segments }: Pin, span: Span, turns: Turns): AsyncIterable<readonly Row[]> =>
  mergeRows(aggregate, [...(version === undefined ? [] : [version.rows.scan(span, turns)]), liveRows(aggregate, segments, span, turns)]);

/** What a view answers for it; the caller knows what its results are. */
export const resultOf = <R>({ definition: { aggregate } }: Pin, found: Found | undefined): R => aggregate.result(found === undefined ? aggregate.zero() : found.acc) as R; // as said
/** The answer with what it is made of. */
export const answerOf = <V>({ version, cut, watermark, gaps }: Pin, range: Range, value: V): Answer<V> => ({ value, version: version?.manifest.version ?? 0, cut, watermark, complete: gaps.length === 0 && watermark >= range.to, gaps });
