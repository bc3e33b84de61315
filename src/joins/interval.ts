/**
 * Interval join: pairs of one key whose times are near each other. Each side waits in a table of rows by time for as long as a record of the other side may come that it matches; a timer for each key says
 * when its oldest row has waited long enough. An unmatched record is given then, once, and never before: the watermark has proved that no match can come, so it is never followed by one.
 */
import type { Joined, JoinType, LateSide } from '../core/join.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { StateTable } from '../core/state.js';
import type { Json, Key, Time } from '../core/values.js';
import type { Bounds } from './bounds.js';
import { LATE } from '../windows/late.js';

export interface IntervalJoin {
  readonly bounds: Bounds;
  readonly type: JoinType;
  /** How far behind the watermark a record may be and still be joined, in milliseconds. */
  readonly lateness: number;
  readonly signature: Json;
}

/** A record that waits. */
interface Row {
  readonly value: unknown;
  /** Of an outer side: it has been in a match. */
  matched: boolean;
}
interface Side {
  /** Rows of one time in order of arrival, by time. */
  readonly rows: StateTable<Row[]>;
  /** Whether its unmatched records are given. */
  readonly outer: boolean;
  /** Its records match those of the other side from `time + from` to `time + to`. */
  readonly from: number;
  readonly to: number;
}
/** Of a key that has rows. */
interface Entry {
  /** When the timer is set. */
  next: Time;
}

const TIMER = '';

/** Inputs: 0 is the left, 1 the right. */
export function intervalJoin({ bounds, type, lateness, signature }: IntervalJoin): KeyedStage<Joined<Key, unknown, unknown>> {
  const { lower, upper } = bounds;
  const leftOuter = type === 'left' || type === 'full';
  const rightOuter = type === 'right' || type === 'full';
  // What is given late carries a time so far behind the watermark.
  const delay = Math.max(0, leftOuter ? Math.max(0, upper) + lateness : 0, rightOuter ? Math.max(0, -lower) + lateness : 0, lateness);
  return { version: 1, signature, delay, open: context => openJoin({ lower, upper, leftOuter, rightOuter, lateness }, context) };
}

function openJoin({ lower, upper, leftOuter, rightOuter, lateness }: Bounds & { readonly leftOuter: boolean; readonly rightOuter: boolean; readonly lateness: number }, context: KeyedContext<Joined<Key, unknown, unknown>>): KeyedPort {
  const { below } = context;
  const left: Side = { rows: context.table('left'), outer: leftOuter, from: lower, to: upper };
  const right: Side = { rows: context.table('right'), outer: rightOuter, from: 0 - upper, to: 0 - lower };
  const entries = context.table<Entry>('keys');
  const timers = context.timers('event');
  const late = context.side(LATE);
  const lateCount = context.counter('late');

  /** When a row has waited long enough: the watermark is past the last time it could match. */
  const dueOf = (side: Side, time: Time): Time => time + side.to + lateness + 1;
  const outer = leftOuter || rightOuter;
  const alone = (side: Side, key: Key, value: unknown, time: Time): void => below.data(side === left ? { key, left: value, right: undefined } : { key, left: undefined, right: value }, time);
  const matchesOf = (side: Side, other: Side, key: Key, value: unknown, time: Time): boolean => {
    const first = time + side.from;
    const last = time + side.to;
    let matched = false;
    for (const [at, rows] of other.rows.range(key, first === Number.NEGATIVE_INFINITY ? undefined : first, last === Number.POSITIVE_INFINITY ? undefined : last + 1)) {
      if (Number(at) > last) break;
      matched = true;
      const found = Math.max(time, Number(at));
      if (other.outer) for (const row of other.rows.edit(key, at) ?? []) row.matched = true;
      for (const row of rows) below.data(side === left ? { key, left: value, right: row.value } : { key, left: row.value, right: value }, found);
    }
    return matched;
  };
  const keep = (side: Side, key: Key, row: Row, time: Time, watermark: Time): void => {
    const due = dueOf(side, time);
    if (due <= watermark) {
      // What it could match is past.
      if (side.outer && !row.matched) alone(side, key, row.value, time);
      return;
    }
    const rows = side.rows.edit(key, time);
    if (rows === undefined) side.rows.set(key, [row], time);
    else rows.push(row);
    // Kept for ever, and nothing to be said of it in the end.
    if (due === Number.POSITIVE_INFINITY && !outer) return;
    const entry = entries.edit(key);
    if (entry === undefined) entries.set(key, { next: due });
    else if (due < entry.next) entry.next = due;
    else return;
    timers.set(key, TIMER, due);
  };
  /** Takes away what has waited long enough; answers when the next will have. */
  const evict = (side: Side, key: Key, watermark: Time, unmatched: { readonly time: Time; readonly value: unknown; readonly side: Side }[]): Time => {
    const gone: Time[] = [];
    let next = Number.POSITIVE_INFINITY;
    let left = false;
    for (const [at, rows] of side.rows.range(key)) {
      const time = Number(at);
      const due = dueOf(side, time);
      if (due > watermark) {
        next = due;
        left = true;
        break;
      }
      gone.push(time);
      if (side.outer) for (const row of rows) if (!row.matched) unmatched.push({ time, value: row.value, side });
    }
    for (const time of gone) side.rows.delete(key, time);
    return left ? next : Number.NaN;
  };

  return {
    data(input, key, value, time) {
      const side = input === 0 ? left : right;
      const watermark = context.watermark();
      if (time + lateness < watermark) {
        lateCount.value++;
        const record: LateSide<unknown, unknown> = { side: input === 0 ? 'left' : 'right', value, time, watermark };
        return late.data(record, time);
      }
      const matched = matchesOf(side, input === 0 ? right : left, key, value, time);
      keep(side, key, { value, matched }, time, watermark);
    },
    timer(key) {
      const watermark = context.watermark();
      const unmatched: { readonly time: Time; readonly value: unknown; readonly side: Side }[] = [];
      const nexts = [evict(left, key, watermark, unmatched), evict(right, key, watermark, unmatched)].filter(next => !Number.isNaN(next));
      if (nexts.length === 0) entries.delete(key);
      else {
        const next = Math.min(...nexts);
        const entry = entries.edit(key);
        if (entry !== undefined) entry.next = next;
        timers.set(key, TIMER, next);
      }
      unmatched.sort((a, b) => a.time - b.time);
      for (const { time, value, side } of unmatched) alone(side, key, value, time);
    },
  };
}
