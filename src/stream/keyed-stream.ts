/** A stream with a key: what may be kept per key. */
import type { Joined, JoinType, LeftOf, RightOf } from '../core/join.js';
import type { Key } from '../core/values.js';
import type { LookedUp } from '../joins/lookup.js';
import type { Windows } from '../core/window.js';
import { mapAsyncPerKey, type Keyed, type MapAsyncOptions } from '../operators/map-async.js';
import { joinedWithin, type JoinOptions } from './join.js';
import { lookedUp, type LookupOptions } from './lookup.js';
import { grown, type Node } from './node.js';
import type { StepOptions } from './options.js';
import { processed, type Process, type Processed } from './process.js';
import type { Stream } from './stream.js';
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
    return processed(this.node, process);
  }
}
