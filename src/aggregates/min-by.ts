/** The record with the smallest number. */
import type { Aggregate } from '../core/aggregate.js';
import { furthest, type Extreme } from './extreme.js';

/**
 * The record with the smallest number; `undefined` of none. Equal numbers: the one with the earliest event time, among equal times the one that arrived first.
 *
 * @param by the number of a record; records with NaN take no part.
 * @returns an aggregate that keeps one record. For the number alone there is {@link min}.
 * @example
 * ```ts
 * import { Stream, minBy, tumbling } from 'millrace';
 *
 * const offers = Stream.from([{ at: 0, shop: 'a', price: 3 }, { at: 1, shop: 'b', price: 7 }]).timestamps(offer => offer.at);
 * for await (const { value } of offers.window(tumbling('1m')).aggregate(minBy(offer => offer.price))) console.log(value?.shop); // a
 * ```
 */
export const minBy = <T>(by: (value: T) => number): Aggregate<T, Extreme<T>, T | undefined> => furthest('minBy', by, -1);
