/**
 * Holds back intermediate changes of a table: one change per row is given, when its window closes or so long after it was first held back, with what the row was before the first and is after the last.
 * What is held back is bounded by a number of rows: a full buffer gives its oldest row early, or fails the job.
 */
import type { Change } from '../core/change.js';
import { OverflowError } from '../core/errors.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { Json, Key, Time } from '../core/values.js';

export interface SuppressStage {
  /** Until the window of a row, the last part of its key, ends; or so many milliseconds of event time after its first change. */
  readonly until: 'close' | number;
  /** How long windows stay open after their end, in milliseconds. */
  readonly lateness: number;
  /** Rows that may be held back. */
  readonly maxRows: number;
  readonly whenFull: 'emit' | 'fail';
  readonly signature: Json;
}

/** A row that is held back. */
interface Held {
  readonly before: unknown;
  after: unknown;
  time: Time;
  /** The place in which it is to be given. */
  readonly release: Time;
}

const RELEASE = 'release';
/** The key under which rows stand in order of release. */
const ORDER = 0;

/** One input: the changes of a table by their key. */
export function suppressStage(options: SuppressStage): KeyedStage<Change<Key, unknown>> {
  const { until, signature } = options;
  return { version: 1, signature, ...(until === 'close' ? {} : { delay: until }), open: context => openSuppress(options, context) };
}

function openSuppress({ until, lateness, maxRows, whenFull }: SuppressStage, context: KeyedContext<Change<Key, unknown>>): KeyedPort {
  const { below } = context;
  const rows = context.table<Held>('rows');
  const timers = context.timers('event');
  /** Keys by the time at which they are due; kept only where rows may have to leave early. */
  const order = maxRows === Number.POSITIVE_INFINITY || whenFull === 'fail' ? undefined : context.table<Key[]>('order');
  let count = 0;
  for (const _ of rows.scan()) count++;

  const releaseOf = (key: Key, time: Time): Time => (until === 'close' ? endOf(key) + lateness : time + until);
  const forget = (key: Key, { release }: Held): void => {
    rows.delete(key);
    count--;
    const list = order?.edit(ORDER, release);
    if (list === undefined) return;
    if (list.length === 1) return order?.delete(ORDER, release);
    list.splice(
      list.findIndex(other => same(other, key)),
      1,
    );
  };
  const give = (key: Key, held: Held): void => {
    forget(key, held);
    const { before, after, time } = held;
    // A row nobody was told of need not be taken back.
    if (until !== 'close' || before !== undefined || after !== undefined) below.data({ key, before, after }, time);
  };
  const oldest = (): Key | undefined => {
    for (const [, keys] of order?.range(ORDER) ?? []) return keys[0];
    return undefined;
  };
  const makeRoom = (): void => {
    while (count > maxRows) {
      const key = oldest();
      const held = key === undefined ? undefined : rows.get(key);
      if (key === undefined || held === undefined) return;
      timers.cancel(key, RELEASE);
      give(key, held);
    }
  };

  return {
    data(_input, key, value, time) {
      const { before, after } = value as Change<Key, unknown>; // what a table gives
      const held = rows.edit(key);
      if (held !== undefined) {
        held.after = after;
        held.time = time;
        if (until !== 'close' || held.before !== undefined || after !== undefined) return;
        timers.cancel(key, RELEASE);
        return forget(key, held);
      }
      const release = releaseOf(key, time);
      const first: Held = { before, after, time, release };
      if (until === 'close' && before === undefined && after === undefined) return;
      if (release <= context.watermark()) return below.data({ key, before, after }, time);
      if (whenFull === 'fail' && count >= maxRows) {
        const cause = new OverflowError('The buffer of `suppress`', maxRows, "Give a larger `maxRows`, or `whenFull: 'emit'`.");
        return context.failed({ input: value, cause, time, attempts: 1 });
      }
      rows.set(key, first);
      count++;
      timers.set(key, RELEASE, release);
      const list = order?.edit(ORDER, release);
      if (list === undefined) order?.set(ORDER, [key], release);
      else list.push(key);
      makeRoom();
    },
    timer(key) {
      const held = rows.get(key);
      if (held !== undefined) give(key, held);
    },
    why: () => ({ open: [], buffered: { rows: count } }),
  };
}

const endOf = (key: Key): Time => (typeof key === 'object' ? Number(key.at(-1)) : Number.NaN);
const same = (a: Key | undefined, b: Key): boolean => a === b || (typeof a === 'object' && typeof b === 'object' && a.length === b.length && a.every((part, index) => same(part, b[index] as Key))); // of the same length
