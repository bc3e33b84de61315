/**
 * Looks up the row of a table for each record of a stream: the row as it stands, or the version of it that held at the record's time. The second input is the table's changes; the stage keeps its own rows of
 * them, so that nothing is shared between steps. For an exact answer a record waits until the watermark of both inputs has reached its time; a reader of the stream that runs ahead of the table is held meanwhile.
 */
import type { Change } from '../core/change.js';
import { OverflowError } from '../core/errors.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { Json, Key, Time } from '../core/values.js';

/** A record with the row that was found for it. */
export interface LookedUp<out T, out V> {
  readonly value: T;
  readonly row: V;
}

export interface LookupStage {
  /** Records without a row are given too. */
  readonly left: boolean;
  /** How far back versions are kept, in milliseconds; `undefined`: only the latest row is. */
  readonly versions: number | undefined;
  /** Records wait for the watermark; else they see, of the versions that have come, that of their time. */
  readonly waits: boolean;
  /** Records that may wait, and how far ahead of the watermark (in milliseconds) they may be, before the reader of the stream is held. */
  readonly most: { readonly records: number; readonly ahead: number };
  readonly signature: Json;
}

/** A row at some time; without one, it was deleted then. */
interface Version {
  readonly row?: unknown;
}

const WAITING = 'waiting';
const PRUNE = 'prune';

/** Inputs: 0 is the stream, 1 the changes of the table. */
export function lookupStage(options: LookupStage): KeyedStage<LookedUp<unknown, unknown>> {
  return { version: 1, signature: options.signature, open: context => (options.versions === undefined ? openLatest(options.left, context) : openAsOf(options, options.versions, context)) };
}

function openLatest(left: boolean, { below, table }: KeyedContext<LookedUp<unknown, unknown>>): KeyedPort {
  const rows = table<Version>('rows');
  return {
    data(input, key, value, time) {
      if (input === 0) {
        const row = rows.get(key)?.row;
        if (left || row !== undefined) below.data({ value, row }, time);
        return;
      }
      const { after } = value as Change<Key, unknown>; // what a table gives
      if (after === undefined) rows.delete(key);
      else rows.set(key, { row: after });
    },
    timer: () => {},
  };
}

function openAsOf({ left, waits, most }: LookupStage, kept: number, context: KeyedContext<LookedUp<unknown, unknown>>): KeyedPort {
  const { below } = context;
  /** By time. */
  const versions = context.table<Version>('versions');
  /** Records of one time in order of arrival, by time. */
  const waiting = context.table<unknown[]>('waiting');
  const timers = context.timers('event');
  const stream = context.input(0);
  /** How many wait, and how far ahead the furthest is: known anew when the step opens. */
  let count = 0;
  let furthest = Number.NEGATIVE_INFINITY;
  let held = false;
  for (const [, at, values] of waiting.scan()) {
    count += values.length;
    furthest = Math.max(furthest, Number(at));
  }

  const give = (key: Key, value: unknown, time: Time): void => {
    let row: unknown;
    // The last one at or before the time; keys have few versions.
    for (const [at, version] of versions.range(key)) {
      if (Number(at) > time) break;
      row = version.row;
    }
    if (left || row !== undefined) below.data({ value, row }, time);
  };
  /** Waiting is bounded where it is the table that is behind; what the stream's own disorder keeps waiting cannot be hurried by reading less of it. */
  const bound = (watermark: Time): void => {
    const over = (count > most.records || furthest - watermark > most.ahead) && count > 0 && stream.watermark() > watermark;
    if (over && stream.shared) throw new OverflowError('The lookup', most.records, 'Its stream and its table come from one source, so the reader of the one cannot wait for the other: give a larger `wait`, or two sources.');
    if (over === held) return;
    held = over;
    stream.hold(over);
  };
  /** The row at the horizon is still needed, what was before it is not. Answers when the next version is to go. */
  const prune = (key: Key, horizon: Time): void => {
    const gone: Time[] = [];
    let base: { readonly at: Time; readonly version: Version } | undefined;
    let next: Time | undefined;
    for (const [sub, version] of versions.range(key)) {
      const at = Number(sub);
      if (at > horizon) {
        next = at;
        break;
      }
      if (base !== undefined) gone.push(base.at);
      base = { at, version };
    }
    // No row is found where nothing is kept, either.
    if (base !== undefined && !('row' in base.version)) gone.push(base.at);
    for (const at of gone) versions.delete(key, at);
    if (next !== undefined) timers.set(key, PRUNE, next + kept);
  };

  return {
    data(input, key, value, time) {
      const watermark = context.watermark();
      if (input === 0) {
        if (!waits || time <= watermark) return give(key, value, time);
        const list = waiting.edit(key, time);
        if (list === undefined) {
          const [first] = waiting.range(key);
          waiting.set(key, [value], time);
          if (first === undefined || time < Number(first[0])) timers.set(key, WAITING, time);
        } else list.push(value);
        count++;
        if (time > furthest) furthest = time;
        if (count > most.records || furthest - watermark > most.ahead) bound(watermark);
        return;
      }
      if (time + kept < watermark) return;
      const { after } = value as Change<Key, unknown>; // what a table gives
      const others = [...versions.range(key)].some(([at]) => Number(at) !== time);
      versions.set(key, after === undefined ? {} : { row: after }, time);
      // A single row stays for as long as it holds; what it replaces, and what is deleted, goes when it is out of reach.
      if (others || after === undefined) prune(key, watermark - kept);
    },
    timer(key, name, at) {
      // Not the watermark: it may be far ahead, and records that wait until then are still to be given.
      if (name === PRUNE) return prune(key, at - kept);
      const due: (readonly [Time, unknown[]])[] = [];
      let next: Time | undefined;
      for (const [sub, values] of waiting.range(key)) {
        if (Number(sub) > at) {
          next = Number(sub);
          break;
        }
        due.push([Number(sub), values]);
      }
      for (const [time] of due) waiting.delete(key, time);
      if (next !== undefined) timers.set(key, WAITING, next);
      for (const [time, values] of due) {
        count -= values.length;
        for (const value of values) give(key, value, time);
      }
    },
    watermark(time) {
      if (held) bound(time);
      return true;
    },
    why: () => ({ open: [], buffered: { records: count } }),
  };
}
