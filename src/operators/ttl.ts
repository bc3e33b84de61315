/**
 * Time to live, wrapped around the functions of a keyed step: state that was not touched for so long is forgotten with the timers and rows of its key.
 * One timer per key, armed once: a touch moves only the time kept with the state, and the timer that finds it moved is set again. Nothing is ever scanned.
 * Expiry is judged at each call too, so that a value is never seen at or after its end, whenever the timer comes.
 */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import { unchanged, type Unchanged } from '../core/keyed.js';
import type { Domain, Key, Time } from '../core/values.js';
import { missing, orNone, wrongDuration, wrongWord } from './make.js';

/** How long the state of a key lives. */
export interface TtlOptions<in S, in Context> {
  /** Expired at exactly this long after it was last touched. */
  readonly after: Duration;
  /** Event time (default): the times of records and the watermark. Processing time: the wall clock. */
  readonly domain?: Domain | undefined;
  /** `'write'` (default): a call that did not return {@link unchanged}. `'read-write'`: every call. */
  readonly refresh?: 'write' | 'read-write' | undefined;
  /** Sees the state a last time; `context.time` is the time of expiry. */
  onExpire?(state: S, context: Context): void;
}

/** A state and how long it lives; `until` is `null` before it was touched. */
export interface Kept<S> {
  state: S;
  until: Time | null;
}

/** Name of the timer. */
const TTL = '#ttl';
/** In `until`, between a call and its `done`: expired, and not begun again. */
const GONE = Number.NaN;

/** What the wrapper needs of a context. */
interface Living {
  readonly key: unknown;
  readonly time: Time;
  readonly watermark: Time;
  readonly now: Time;
  readonly domain: Domain;
  emit(value: never, time?: Time): void;
  timer(name: string, at: Time, domain?: Domain): void;
  clear(): void;
}
type Call = (state: unknown, value: unknown, context: Living) => unknown;

/** What is wrapped: the functions of a `Logic`, and of the processes of the fluent face, by name. */
export interface Members {
  init(key: Key): unknown;
  readonly onData?: Call;
  readonly onLeft?: Call;
  readonly onRight?: Call;
  readonly onKey?: Call;
  readonly onTimer?: Call;
  done?(state: unknown): boolean;
  migrate?(old: unknown, version: number): unknown;
  readonly problems?: readonly Problem[] | undefined;
}

/** The same functions on {@link Kept} state. */
export function keptFor(members: Members, options: TtlOptions<unknown, Living>): Members {
  const ttl = orNone(options);
  const after = milliseconds(ttl.after) ?? 1;
  const domain = ttl.domain ?? 'event';
  const { onTimer } = members;

  /** By which time a record sees the state, and a timer. */
  const nowOf = (context: Living, timer: boolean): Time => {
    if (domain === 'processing') return timer && context.domain === 'processing' ? context.time : context.now;
    if (!timer) return Math.max(context.time, context.watermark);
    return context.domain === 'event' ? context.time : context.watermark;
  };
  const writtenAt = (context: Living, timer: boolean): Time => (domain === 'event' && !timer ? context.time : nowOf(context, timer));
  const touch = (kept: Kept<unknown>, context: Living, timer: boolean): void => {
    const until = writtenAt(context, timer) + after;
    if (!Number.isFinite(until)) return;
    if (kept.until === null) context.timer(TTL, until, domain);
    if (kept.until === null || until > kept.until) kept.until = until;
  };
  const expire = (kept: Kept<unknown>, context: Living): void => {
    const at = kept.until ?? context.time;
    ttl.onExpire?.(
      kept.state,
      at === context.time ? context : Object.create(context, { time: { value: at }, emit: { value: (value: never, time: Time = at) => context.emit(value, time) } }) as Living, // the same, at the time of expiry
    );
    context.clear();
  };
  const called = (given: unknown, context: Living, timer: boolean, user: (state: unknown) => unknown): Kept<unknown> | undefined | Unchanged => {
    const kept = given as Kept<unknown>; // made by `init` below
    const expired = kept.until !== null && nowOf(context, timer) >= kept.until;
    if (expired) {
      expire(kept, context);
      kept.state = members.init(context.key as Key); // what the engine gave
      kept.until = null;
    }
    const next = user(kept.state);
    if (next !== unchanged) {
      if (next !== undefined) kept.state = next;
      touch(kept, context, timer);
      return undefined;
    }
    if (expired) {
      kept.until = GONE;
      return undefined;
    }
    if (kept.until === null || ttl.refresh !== 'read-write') return unchanged;
    touch(kept, context, timer);
    return kept;
  };
  const over = (f: Call | undefined): Call | undefined => (f === undefined ? undefined : (given, value, context) => called(given, context, false, state => f.call(members, state, value, context)));

  const wrapped: Members = {
    ...members,
    init: (key: Key): Kept<unknown> => ({ state: members.init(key), until: null }),
    onTimer(given, name, context) {
      if (name !== TTL) return onTimer === undefined ? unchanged : called(given, context, true, state => onTimer.call(members, state, name, context));
      const kept = given as Kept<unknown>; // as above
      if (kept.until === null) return unchanged;
      if (kept.until > context.time) {
        context.timer(TTL, kept.until, domain);
        return unchanged;
      }
      expire(kept, context);
      kept.until = GONE;
      return undefined;
    },
    done(given) {
      const kept = given as Kept<unknown>; // as above
      return Number.isNaN(kept.until) || members.done?.(kept.state) === true;
    },
    problems: [...(members.problems ?? []), ...missing('after', ttl.after), ...wrongDuration('after', ttl.after), ...wrongWord('domain', ttl.domain, ['event', 'processing']), ...wrongWord('refresh', ttl.refresh, ['write', 'read-write'])],
  };
  const calls: { [name: string]: Call } = {};
  for (const name of ['onData', 'onLeft', 'onRight', 'onKey'] as const) {
    const f = over(members[name]);
    if (f !== undefined) calls[name] = f;
  }
  if (members.migrate === undefined) return { ...wrapped, ...calls };
  return {
    ...wrapped,
    ...calls,
    migrate(old: unknown, version: number): Kept<unknown> {
      if (isKept(old)) return { state: members.migrate?.(old.state, version), until: old.until };
      return { state: members.migrate?.(old, version), until: null };
    },
  };
}

/** State written before the wrapper was put around has no time of its own. */
const isKept = (old: unknown): old is Kept<unknown> => typeof old === 'object' && old !== null && 'state' in old && 'until' in old && Object.keys(old).length === 2;
