/** Two inputs of one process: two keyed streams with one state per key, or a keyed stream and a small one that every key sees. */
import type { Unchanged } from '../core/keyed.js';
import type { Node } from './node.js';
import { processed, type Process, type ProcessContext, type Processed } from './process.js';
import type { Stream } from './stream.js';

/** Two inputs, one state. */
export interface ConnectedProcess<in K, in L, in R, S, O, Side> extends Omit<Process<K, L | R, S, O, Side>, 'onData'> {
  /** A record of the stream `connect` was called on. */
  onLeft(state: S, value: L, context: ProcessContext<K, O, Side>): S | void | Unchanged;
  /** A record of the other. */
  onRight(state: S, value: R, context: ProcessContext<K, O, Side>): S | void | Unchanged;
}

/** Two keyed streams side by side. */
export class ConnectedStream<out K, out L, out R> {
  /** @internal */
  constructor(
    private readonly left: Node,
    private readonly right: Node,
  ) {}

  /** Your own state and timers per key, for records of both. Its watermark is the lower of the two. */
  process<S, O, Side extends object = object>(process: ConnectedProcess<K, L, R, S, O, Side>): Processed<O, Side> {
    return processed<K, L | R, S, O, Side>([this.left, this.right], process, (state, value, context, input) => (input === 0 ? process.onLeft(state, value as L, context) : process.onRight(state, value as R, context))); // the input says which
  }
}

/** A small stream that every key of another one sees; `stream.broadcast()` makes it. */
export interface Broadcast<out T> {
  readonly broadcast: Stream<T>;
}

/** What all keys share, to be read. */
export type SharedOf<G> = G extends Map<infer N, infer V> ? ReadonlyMap<N, V> : G extends Set<infer V> ? ReadonlySet<V> : G extends readonly (infer V)[] ? readonly V[] : Readonly<G>;

/** The context of a call for one key, beside a broadcast: with what all keys share. */
export interface SharingContext<out K, in O, in out Side, out G> extends ProcessContext<K, O, Side> {
  /** To be read only: it belongs to all keys, and `onBroadcast` alone changes it. */
  readonly shared: SharedOf<G>;
}

/** The context of a broadcast record, which has no key. */
export type BroadcastContext<O, Side> = Pick<ProcessContext<never, O, Side>, 'time' | 'watermark' | 'now' | 'emit' | 'side'>;

/** A state per key, and one that all keys share. */
export interface BroadcastProcess<in K, in T, in U, S, O, Side, G> extends Omit<Process<K, T | U, S, O, Side>, 'onData' | 'onTimer'> {
  /** What all keys share, before the first broadcast record. */
  shared(): G;
  /** A broadcast record: change what is shared in place, or return another. */
  onBroadcast(shared: G, value: U, context: BroadcastContext<O, Side>): G | void;
  /** After it, for every key that has a state; keys that come later see what is shared. */
  onKey?(state: S, value: U, context: SharingContext<K, O, Side, G>): S | void | Unchanged;
  onData(state: S, value: T, context: SharingContext<K, O, Side, G>): S | void | Unchanged;
  onTimer?(state: S, timer: string, context: SharingContext<K, O, Side, G>): S | void | Unchanged;
}

/** A keyed stream beside a small one that every key sees. */
export class BroadcastConnectedStream<out K, out T, out U> {
  /** @internal */
  constructor(
    private readonly data: Node,
    private readonly broadcast: Node,
  ) {}

  /** Your own state and timers per key, and a state that all keys share. Its watermark is the lower of the two. */
  process<S, O, G, Side extends object = object>(process: BroadcastProcess<K, T, U, S, O, Side, G>): Processed<O, Side> {
    type Here = SharingContext<K, O, Side, G>; // what the engine's context is, with a shared logic
    const { onTimer, onKey, ...members } = process;
    return processed<K, T, S, O, Side>(
      [this.data, this.broadcast],
      { ...members, ...(onTimer === undefined ? {} : { onTimer: (state, timer, context) => onTimer.call(process, state, timer, context as Here) }) },
      (state, value, context) => process.onData(state, value, context as Here),
      {
        init: () => process.shared(),
        onBroadcast: (shared, value, context) => process.onBroadcast(shared as G, value, context as Here),
        ...(onKey === undefined ? {} : { onKey: (state, value, context) => onKey.call(process, state as S, value, context as Here) }),
      },
    );
  }
}
