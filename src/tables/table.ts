/**
 * A table from a stream of upserts: the current row of each key with its time, and each change with what it replaces. A record older than its row does not replace it, so what a row is in the end does not
 * depend on the order of arrival. For that the time of a deleted row is remembered too, until the watermark has passed it (and the versions kept): what comes later than that is late and is taken as a new row.
 */
import type { Change, TableLookup } from '../core/change.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { Json, Key, Time } from '../core/values.js';

/** Side output of a table with versions: every row it was ever told, in order of arrival, also those that came too late to be the current one; `before` is not filled in. */
export const VERSIONS = 'versions';

export interface TableStage {
  /** Whether a record deletes the row of its key. */
  deleted(value: unknown): boolean;
  /** How far back versions are of use, in milliseconds; absent: only the current row is. */
  readonly versions: number | undefined;
  readonly outOfOrder: 'drop' | 'apply';
  /** Where `Table.get` asks. */
  readonly lookup: TableLookup;
  readonly signature: Json;
}

/** A row, or what is remembered of one that was deleted. */
interface Row {
  value: unknown;
  time: Time;
  live: boolean;
}

const FORGET = 'forget';

/** One input: records by key. Gives a {@link Change} for each that changes something. */
export function tableStage(options: TableStage): KeyedStage<Change<Key, unknown>> {
  return { version: 1, signature: options.signature, open: context => openTable(options, context) };
}

function openTable({ deleted, versions, outOfOrder, lookup }: TableStage, context: KeyedContext<Change<Key, unknown>>): KeyedPort {
  const { below } = context;
  const rows = context.table<Row>('rows');
  const timers = context.timers('event');
  const history = context.side(VERSIONS);
  const dropped = context.counter('dropped');
  const inOrder = outOfOrder === 'drop';
  lookup.get = key => rows.get(key)?.value;

  /** What a later record may still have to be compared with. */
  const remember = (key: Key, row: Row | undefined, time: Time): void => {
    const until = time + (versions ?? 0) + 1;
    if (!inOrder || until <= context.watermark()) return rows.delete(key);
    if (row === undefined) rows.set(key, { value: undefined, time, live: false });
    else {
      row.value = undefined;
      row.time = time;
      row.live = false;
    }
    timers.set(key, FORGET, until);
  };

  return {
    data(_input, key, value, time) {
      let gone;
      try {
        gone = deleted(value);
      } catch (cause) {
        return context.failed({ input: value, cause, time, attempts: 1 });
      }
      const row = rows.edit(key);
      const stale = inOrder && row !== undefined && time < row.time;
      const before = row?.value;
      if (versions !== undefined && time + versions >= context.watermark()) history.data({ key, before: undefined, after: gone ? undefined : value }, time);
      if (stale) {
        dropped.value++;
        return;
      }
      if (gone) remember(key, row, time);
      else if (row === undefined) rows.set(key, { value, time, live: true });
      else {
        if (!row.live) timers.cancel(key, FORGET);
        row.value = value;
        row.time = time;
        row.live = true;
      }
      if (!gone) below.data({ key, before, after: value }, time);
      else if (before !== undefined) below.data({ key, before, after: undefined }, time);
    },
    timer(key) {
      if (rows.get(key)?.live === false) rows.delete(key);
    },
  };
}
