/** Time to live around a process of the fluent face: the same process, whose keys are forgotten when they were not touched for so long. */
import { keptFor, type Kept, type Members, type TtlOptions } from '../operators/ttl.js';
import type { BroadcastProcess, ConnectedProcess, SharingContext } from './connected-stream.js';
import type { Process, ProcessContext } from './process.js';

/**
 * A process that forgets a key, with its timers and rows, when its state was not touched for `ttl.after`. A value is expired at exactly that time, and no call sees it from then on.
 *
 * @param process what is kept per key; its own types are inferred as without the wrapper.
 * @param ttl `after`: the time to live. `domain`: event time (default; a record does not see what has expired by its own time, and the watermark forgets it) or processing time.
 * `refresh: 'write'` (default): every call that does not return `unchanged` counts; `'read-write'`: those too. `onExpire` sees the state a last time and may emit.
 * @returns the process to give to `process(...)`.
 * @example
 * ```ts
 * import { Stream, type, withTtl } from 'millrace';
 *
 * const visits = [{ user: 'ann', at: 0 }, { user: 'ann', at: 5_000 }, { user: 'ann', at: 70_000 }];
 * const counted = Stream.from(visits).timestamps(visit => visit.at).keyBy(visit => visit.user).process(
 *   withTtl({
 *     name: 'visits',
 *     emits: type<number>(),
 *     init: () => ({ n: 0 }),
 *     onData(state, _visit, context) {
 *       context.emit(++state.n);
 *     },
 *   }, { after: '1m' }),
 * );
 * console.log(await counted.collect()); // [1, 2, 1]
 * ```
 */
export function withTtl<K, T, U, S, O, G, Side extends object = object>(process: BroadcastProcess<K, T, U, S, O, Side, G>, ttl: TtlOptions<S, SharingContext<K, O, Side, G>>): BroadcastProcess<K, T, U, Kept<S>, O, Side, G>;
export function withTtl<K, L, R, S, O, Side extends object = object>(process: ConnectedProcess<K, L, R, S, O, Side>, ttl: TtlOptions<S, ProcessContext<K, O, Side>>): ConnectedProcess<K, L, R, Kept<S>, O, Side>;
export function withTtl<K, T, S, O, Side extends object = object>(process: Process<K, T, S, O, Side>, ttl: TtlOptions<S, ProcessContext<K, O, Side>>): Process<K, T, Kept<S>, O, Side>;
export function withTtl(process: object, ttl: TtlOptions<never, never>): object {
  return keptFor(process as unknown as Members, ttl as unknown as Parameters<typeof keptFor>[1]); // the overloads say which members there are, and what they take
}
