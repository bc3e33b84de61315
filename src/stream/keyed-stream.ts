/** A stream with a key: what may be kept per key. */
import type { Joined, JoinType, LeftOf, RightOf } from '../core/join.js';
import type { Key } from '../core/values.js';
import type { LookedUp } from '../joins/lookup.js';
import type { Windows } from '../core/window.js';
import type { AggregateOf } from '../core/aggregate.js';
import { toAggregate } from '../aggregates/compose.js';
import { changes, type ChangesOptions } from '../operators/changes.js';
import { distinct, type DistinctOptions } from '../operators/distinct.js';
import { LIMITED, limitPerKey, type LimitOptions } from '../operators/limit-per-key.js';
import { running, type Running } from '../operators/running.js';
import { scan, type ScanContext } from '../operators/scan.js';
import { mapAsyncPerKey, type Keyed, type MapAsyncOptions } from '../operators/map-async.js';
import { BroadcastConnectedStream, ConnectedStream, type Broadcast } from './connected-stream.js';
import { joinedWithin, type JoinOptions } from './join.js';
import { lookedUp, type LookupOptions } from './lookup.js';
import { branch, grown, type Node } from './node.js';
import type { StepOptions } from './options.js';
import { processed, type Process, type Processed } from './process.js';
import type { Output } from './output.js';
import { Stream } from './stream.js';
import type { Table } from './table.js';
import { WindowedStream, windowsOf, type WindowOptions } from './windowed-stream.js';

/** Records with a key; one key's records stay in order. */
export class KeyedStream<out K, out T> {
  /** @internal `node.input` carries the key selector. */
  constructor(readonly node: Node) {}

  /** One asynchronous call per record: one key's calls one after the other, keys beside each other. */
  mapAsync<O>(f: (value: T, signal: AbortSignal) => Promise<O>, options: StepOptions<T> & Omit<MapAsyncOptions, 'order'>): KeyedStream<K, O> {
    const step = mapAsyncPerKey<K, T, O>(this.node.input, f, options, options);
    const below = grown<Keyed<K, O>, T>(this.node, step, options).node;
    return new KeyedStream({ ...below, input: { ...below.input, keyOf: element => (element as Keyed<Key, O>).key, unwrap: element => (element as Keyed<Key, O>).value } }); // as the step makes them
  }

  /** After each record what its key comes to so far. Keys are kept for ever; for keys without end use windows, or a process with a time-out. */
  aggregate<R>(aggregate: AggregateOf<T, R>, options?: StepOptions<T>): Stream<Running<K, R>> {
    return grown(this.node, running(this.node.input, toAggregate(aggregate), options), options);
  }

  /** A state for each key: what the function makes of it and a record is the next one, and is handed on. Return a new state rather than change the old one, which others have by then. */
  scan<S>(initial: (key: K) => S, next: (state: S, value: T, context: ScanContext<K>) => S, options?: StepOptions<T>): Stream<Running<K, S>> {
    return grown(this.node, scan(this.node.input, initial as (key: Key) => S, next as (state: S, value: T, context: ScanContext<Key>) => S, options), options); // keys of this stream
  }

  /** The first record of each key; others within a span of event time of it are left out and counted (`dropped`). Forgotten when the watermark is past: a record that late may pass again. */
  distinct(options: StepOptions<T> & DistinctOptions): Stream<T> {
    return grown(this.node, distinct(this.node.input, options), options);
  }

  /** Records that differ from the one before them with the same key, in order of arrival; the others are counted (`dropped`). Keys are kept for ever. */
  changes(options: StepOptions<T> & ChangesOptions<T>): Stream<T> {
    return grown(this.node, changes(this.node.input, options), options);
  }

  /** At most so many records of each key per span of event time, up to `records` at once. The others go to `limited` and are counted (`dropped`); nothing waits, so the result can be repeated. */
  rateLimit(options: StepOptions<T> & LimitOptions & { readonly limited?: ((limited: Stream<T>) => Output) | undefined }): Stream<T> {
    const step = limitPerKey(this.node.input, options);
    const stream = grown<T, T>(this.node, step, options);
    return options.limited === undefined ? stream : branch(stream, options.limited(new Stream<T>({ input: { step, output: LIMITED }, branches: [] })));
  }

  /** Cuts each key's records into windows. */
  window(windows: Windows, options?: WindowOptions<T>): WindowedStream<K, T> {
    return new WindowedStream(this.node, true, windowsOf(windows, options), options);
  }

  /**
   * Pairs of records of one key whose times are near each other, and, as `type` says, those that find none.
   *
   * @param options `within`: bounds on `right.time - left.time`; `lateness`: how far behind the watermark a record may be and still be joined; `late`: where those go that come later.
   * @returns matches at the later of the two times; an unmatched record at its own, once, when the watermark has passed the last time it could have matched.
   */
  join<U, J extends JoinType = 'inner'>(other: KeyedStream<K, U>, options: StepOptions<T | U> & JoinOptions<T, U, J>): Stream<Joined<K, LeftOf<J, T>, RightOf<J, U>>> {
    return joinedWithin(this.node, other.node, options);
  }

  /**
   * The row of a table for each record: as it stands, or, for a table with `versions`, as it stood at the record's time.
   *
   * @param options `type`: with `'left'` records without a row are given too; `asOf` and `wait`: which version is meant, and how long records wait for it.
   * @returns value and row, at the event time of the record.
   */
  lookup<V, J extends 'inner' | 'left' = 'inner'>(table: Table<K, V>, options: StepOptions<T> & LookupOptions<J>): Stream<LookedUp<T, RightOf<J, V>>> {
    return lookedUp(this.node, table, options);
  }

  /** Your own state and timers per key. */
  process<S, O, Side extends object = object>(process: Process<K, T, S, O, Side>): Processed<O, Side> {
    return processed([this.node], process, (state, value, context) => process.onData(state, value, context));
  }

  /** With another keyed stream: both change one state per key. With `small.broadcast()`: every key sees its records, also keys that come later. */
  connect<U>(other: KeyedStream<K, U>): ConnectedStream<K, T, U>;
  connect<U>(other: Broadcast<U>): BroadcastConnectedStream<K, T, U>;
  connect<U>(other: KeyedStream<K, U> | Broadcast<U>): ConnectedStream<K, T, U> | BroadcastConnectedStream<K, T, U> {
    return 'broadcast' in other ? new BroadcastConnectedStream(this.node, other.broadcast.node) : new ConnectedStream(this.node, other.node);
  }
}
