/** The record with the largest number. */
import type { Aggregate } from '../core/aggregate.js';
import { furthest, type Extreme } from './extreme.js';

/**
 * The record with the largest number; `undefined` of none. Equal numbers: the one with the earliest event time, among equal times the one that arrived first.
 *
 * @param by the number of a record; records with NaN take no part.
 * @returns an aggregate that keeps one record. For the number alone there is {@link max}, for several records {@link top}.
 * @example
 * ```ts
 * import { Stream, maxBy, tumbling } from 'millrace';
 *
 * const bids = Stream.from([{ at: 0, bidder: 'ada', price: 3 }, { at: 1, bidder: 'bob', price: 7 }]).timestamps(bid => bid.at);
 * for await (const { value } of bids.window(tumbling('1m')).aggregate(maxBy(bid => bid.price))) console.log(value?.bidder); // bob
 * ```
 */
export const maxBy = <T>(by: (value: T) => number): Aggregate<T, Extreme<T>, T | undefined> => furthest('maxBy', by, 1);
