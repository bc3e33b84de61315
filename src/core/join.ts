/** Words of joins: which records they give, and what stands for a side that is not there. */
import type { Duration } from './duration.js';
import type { Time } from './values.js';

/** Which unmatched records a join gives too: none, those of the left, of the right, of both. */
export type JoinType = 'inner' | 'left' | 'right' | 'full';

/** The left side of a result: it may be absent where unmatched records of the right are given. */
export type LeftOf<J, T> = J extends 'right' | 'full' ? T | undefined : T;
/** The right side of a result: it may be absent where unmatched records of the left are given. */
export type RightOf<J, T> = J extends 'left' | 'full' ? T | undefined : T;

/**
 * Bounds on `right.time - left.time`, inclusive unless excluded. One duration: as far to both sides. `Infinity` keeps records for ever.
 * Times are whole milliseconds; `-Infinity` and negative durations (`'-5m'`) look back.
 */
export type Within = Duration | readonly [lower: Duration, upper: Duration] | { readonly lower: Duration; readonly upper: Duration; readonly exclusive?: 'lower' | 'upper' | 'both' | undefined };

/** A match, or an unmatched record. */
export interface Joined<out K, out L, out R> {
  readonly key: K;
  readonly left: L;
  readonly right: R;
}

/** A record that came too late to be joined. */
export type LateSide<T, U> = { readonly time: Time; readonly watermark: Time } & ({ readonly side: 'left'; readonly value: T } | { readonly side: 'right'; readonly value: U });
