/**
 * Windows that hang on records: one that ends at each record and, if asked, one that begins just after each. Records wait by time, so that a new window can be made of those it holds; each window has its
 * panes. After Kafka Streams' sliding windows (KIP-450) and those of Quix Streams.
 */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedContext, KeyedPort } from '../core/keyed.js';
import type { Key, Time } from '../core/values.js';
import type { Emission, Late, Window, Windows } from '../core/window.js';
import { LATE } from './late.js';
import { panes, placeOf, windowOfTimer, type PaneState } from './pane.js';

/** Options of {@link sliding}. */
export interface SlidingOptions {
  /** `'both'` (default): a window that ends at each record, and one that begins one millisecond after each if it holds anything, as in Kafka Streams. `'ending'`: only those that end at a record, as in Quix Streams. */
  readonly windows?: 'both' | 'ending' | undefined;
  /** No window begins before this time. One that would: with `'both'` it is the window that begins there, with `'ending'` it is cut. */
  readonly floor?: Time | undefined;
}

/**
 * Windows `[t - size, t]` for each record at a time `t`, both ends inclusive: everything within `size` before each record. `window.end` is the first millisecond after it, as everywhere: `t + 1`.
 * A record counts in every such window that holds it and is still open; it is late when each window that could hold it is closed.
 *
 * @param size how far back a window reaches.
 * @param options `windows` and `floor`.
 * @returns windows for `stream.window(...)`. A new window is folded from the records it holds, so the cost of a record grows with the number of records within `size` of it.
 * @example
 * ```ts
 * import { Stream, count, sliding } from 'millrace';
 *
 * // How many log-ins of a user in the ten minutes up to each.
 * const logins = Stream.from([{ user: 'ann', at: 0 }, { user: 'ann', at: 300_000 }, { user: 'ann', at: 700_000 }])
 *   .timestamps(login => login.at)
 *   .keyBy(login => login.user)
 *   .window(sliding('10m', { windows: 'ending' }))
 *   .aggregate(count(), { name: 'recent-logins' });
 * for await (const { value } of logins) console.log(value); // 1, 2, 2
 * ```
 */
export function sliding(size: Duration, options: SlidingOptions = {}): Windows {
  const { windows = 'both', floor } = options;
  const length = milliseconds(size);
  const problems: string[] = [];
  if (length === undefined || length < 0 || !Number.isSafeInteger(length)) problems.push(`The size is ${String(size)}, which is not a whole number of milliseconds.`);
  if (windows !== 'both' && windows !== 'ending') problems.push(`windows is ${JSON.stringify(windows)}, which is neither 'both' nor 'ending'.`);
  if (floor !== undefined && !Number.isFinite(floor)) problems.push(`The floor is ${String(floor)}, which is no time.`);
  const shape = { size: length ?? 0, both: windows === 'both', floor: floor ?? Number.NEGATIVE_INFINITY };
  return {
    kind: 'stage',
    name: `sliding(${size}${windows === 'both' ? '' : ', ending'}${floor === undefined ? '' : `, from ${floor}`})`,
    stage: (aggregate, emission) => ({ version: 1, signature: emission.signature, open: context => openSliding(shape, aggregate, emission, context) }),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

interface Open<Acc> {
  readonly start: Time;
  readonly end: Time;
  ended: boolean;
  readonly pane: PaneState<Acc>;
}
/** A record that waits. */
interface Kept<In> {
  readonly value: In;
  /** Its place in the order of arrival at its key. */
  readonly order: number;
}
/** Of a key that has records or windows. */
interface Entry {
  /** Records that have come. */
  count: number;
  /** When the timer is set. */
  next: Time;
}

const LOOK = '';

function openSliding<In, Acc, Out>({ size, both, floor }: { readonly size: number; readonly both: boolean; readonly floor: Time }, aggregate: Aggregate<In, Acc, Out>, emission: Emission, context: KeyedContext<unknown>): KeyedPort {
  const { lateness } = emission;
  const entries = context.table<Entry>('keys');
  /** Records of one time in order of arrival, by time. */
  const records = context.table<Kept<In>[]>('records');
  /** Windows by their end. */
  const windows = context.table<Open<Acc>>('windows');
  const timers = context.timers('event');
  const late = context.side(LATE);
  const lateCount = context.counter('late');
  const droppedPanes = context.counter('droppedPanes');
  const of = panes(aggregate, emission, context);

  /** Records wait until no record that is not late could make a window that holds them. */
  const goneAt = (time: Time): Time => time + 2 * size + 2 + lateness;
  const endingAt = (time: Time): Window => {
    const start = time - size;
    if (start >= floor) return { start, end: time + 1 };
    return both ? { start: floor, end: floor + size + 1 } : { start: floor, end: time + 1 };
  };
  /** Makes a window of the records it holds, in their order of arrival, and gives what it comes to; nothing if it is closed, is there, or is empty. */
  const make = (key: Key, { start, end }: Window, watermark: Time, latest: In, time: Time): void => {
    if (windows.get(key, end) !== undefined) return;
    if (end + lateness <= watermark) {
      droppedPanes.value++;
      return;
    }
    const held: { readonly at: Time; readonly of: Kept<In> }[] = [];
    for (const [at, some] of records.range(key, start, end)) for (const one of some) held.push({ at: Number(at), of: one });
    if (held.length === 0) return;
    held.sort((a, b) => a.of.order - b.of.order);
    const pane = of.zero();
    for (const { at, of: { value } } of held) if (!of.add(pane, value, at)) return;
    windows.set(key, { start, end, ended: end <= watermark, pane }, end);
    of.added(pane, { start, end }, key, latest, time);
  };
  /** Looks when the first thing is due: the end of a window, its end for good, a record that may go. */
  const arm = (key: Key, entry: Entry): void => {
    let next = Number.POSITIVE_INFINITY;
    for (const [, { end, ended }] of windows.range(key)) {
      next = Math.min(next, ended ? end + lateness : end);
      if (!ended) break;
    }
    for (const [at] of records.range(key)) {
      next = Math.min(next, goneAt(Number(at)));
      break;
    }
    if (next === Number.POSITIVE_INFINITY) {
      entries.delete(key);
      timers.clear(key);
      return;
    }
    entry.next = next;
    timers.set(key, LOOK, next);
  };

  emission.trigger?.attach?.(() => context.outside(() => {
    for (const [key, sub] of [...windows.scan()]) {
      const window = sub === undefined ? undefined : windows.edit(key, sub);
      if (window !== undefined) of.ask(window.pane, { start: window.start, end: window.end }, key);
    }
  }));
  if (emission.lookup !== undefined) {
    emission.lookup.get = row => {
      const { key, window } = placeOf(row, emission.keyed);
      const found = Number.isNaN(window.end) ? undefined : windows.get(key, window.end);
      return found?.start === window.start ? found.pane.sent?.value : undefined;
    };
  }

  return {
    data(_input, key, element, time) {
      const value = element as In; // the fluent face has checked that the types meet
      const watermark = context.watermark();
      if (time + size + 1 + lateness <= watermark) {
        lateCount.value++;
        droppedPanes.value++;
        const record: Late<In> = { value, time, watermark };
        return late.data(record, time);
      }
      // One that cannot be added at all must not be kept for windows to come; where the step goes on it is tried alone.
      if (context.policy !== 'fail' && !of.add(of.zero(), value, time)) return;
      // Into the windows that are there and hold it: they end after it, and begin no later.
      const there: Open<Acc>[] = [];
      for (const [, window] of windows.range(key, time + 1, time + size + 2)) if (window.start <= time) there.push(window);
      for (const { start, end } of there) {
        if (end + lateness <= watermark) continue;
        const window = windows.edit(key, end);
        if (window === undefined || of.isFinished(window.pane)) {
          droppedPanes.value++;
          continue;
        }
        if (!of.add(window.pane, value, time)) return;
        of.added(window.pane, { start, end }, key, value, time);
      }
      const entry = entries.edit(key) ?? { count: 0, next: Number.POSITIVE_INFINITY };
      const kept: Kept<In> = { value, order: entry.count++ };
      const same = records.edit(key, time);
      if (same === undefined) records.set(key, [kept], time);
      else same.push(kept);
      make(key, endingAt(time), watermark, value, time);
      if (both) {
        // Those that begin just after a record before it, and the one that begins just after it.
        for (const [at] of [...records.range(key, time - size - 1, time + 1)]) make(key, { start: Number(at) + 1, end: Number(at) + size + 2 }, watermark, value, time);
      }
      if (entry.next === Number.POSITIVE_INFINITY) entries.set(key, entry);
      arm(key, entry);
    },
    timer(key, name, at, domain) {
      if (name !== LOOK) {
        const asked = windowOfTimer(name);
        const window = asked === undefined ? undefined : windows.edit(key, asked.end);
        if (window !== undefined) of.timer(window.pane, { start: window.start, end: window.end }, key, at, domain);
        return;
      }
      const entry = entries.edit(key);
      if (entry === undefined) return;
      for (const [sub] of [...windows.range(key, undefined, at + 1)]) {
        const window = windows.edit(key, sub);
        if (window === undefined) continue;
        const { start, end, pane } = window;
        if (!window.ended && end <= at) {
          window.ended = true;
          of.ended(pane, { start, end }, key);
        }
        if (window.ended && end + lateness <= at) {
          of.expired(pane, { start, end }, key);
          windows.delete(key, sub);
        }
      }
      for (const [sub] of [...records.range(key)]) {
        if (goneAt(Number(sub)) > at) break;
        records.delete(key, sub);
      }
      arm(key, entry);
    },
  };
}
