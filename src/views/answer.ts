/** What a view answers, and what can be asked. */
import type { LogPositions } from '../core/master-log.js';
import type { Key, Time } from '../core/values.js';

/** Event times from `from` to before `to`, in epoch milliseconds; either may be infinite. */
export interface Range {
  readonly from: Time;
  readonly to: Time;
}

/** How a range that does not begin and end where granules do is meant: not at all, or made larger or smaller until it does. */
export type Partial = 'refuse' | 'outward' | 'inward';

/** How a question is meant. */
export interface QueryOptions {
  /** A range that cuts a granule is refused (default), or made larger or smaller. */
  readonly partial?: Partial | undefined;
  /** Only what this version of the batch view knows: the events below its cut, and none that came later. */
  readonly asOf?: number | undefined;
}

/** Events that an answer lacks, and why. */
export interface Gap {
  /** `speed`: between the batch view's cut and the speed view's beginning. `code`: they were counted by other code than the batch view. */
  readonly reason: 'speed' | 'code';
  readonly from: LogPositions;
  readonly to: LogPositions;
}

/** A value, and what it is made of. */
export interface Answer<out R> {
  readonly value: R;
  /** Of the batch view that is in it; 0: there was none. */
  readonly version: number;
  /** Events of the log below these positions come from the batch view, all others from the speed view. */
  readonly cut: LogPositions;
  /** Event time up to which no more is expected; `-Infinity` while nothing is known. */
  readonly watermark: Time;
  /** Nothing is missing, and nothing more is expected in the range. */
  readonly complete: boolean;
  readonly gaps: readonly Gap[];
}

/** One granule of a series. */
export interface Point<out R> extends Range {
  readonly value: R;
}

/** One key of many. */
export interface Entry<out K, out R> {
  readonly key: K;
  readonly value: R;
}

/** Which keys: those from `from` to before `to` in the order of keys, at most `limit`, behind `after`. */
export interface EntriesOptions<K> extends QueryOptions {
  readonly keys?: { readonly from?: K | undefined; readonly to?: K | undefined } | undefined;
  readonly after?: K | undefined;
  readonly limit?: number | undefined;
}

/** What reads a view. */
export interface Reading<K extends Key, R> {
  /** The aggregate of one key over a range. */
  query(key: K, range: Range, options?: QueryOptions): Promise<Answer<R>>;
  /** The same of several keys, in their order. */
  queryMany(keys: readonly K[], range: Range, options?: QueryOptions): Promise<Answer<readonly R[]>>;
  /** The granules of one key in a range that have something, in order. */
  series(key: K, range: Range, options?: QueryOptions): Promise<Answer<readonly Point<R>[]>>;
  /** Keys with something in the range, in the order of keys. */
  entries(range: Range, options?: EntriesOptions<K>): Promise<Answer<readonly Entry<K, R>[]>>;
  /** The `n` keys with the largest values; `by` says how large a result is (needed unless results are numbers). */
  top(n: number, range: Range, options?: QueryOptions & { readonly by?: ((value: R) => number) | undefined }): Promise<Answer<readonly Entry<K, R>[]>>;
}
