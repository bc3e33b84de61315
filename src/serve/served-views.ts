/** Which views are served, under which names. The names and types of this object are all that a typed client needs. */
import type { Key } from '../core/values.js';
import type { View } from '../views/index.js';

/** Views by the names they are asked for under, as in `{ pages, visitors }`. */
export interface ServedViews {
  readonly [name: string]: View<Key, unknown>;
}

/** The type of a view's keys. */
export type KeyOf<V> = V extends View<infer K, unknown> ? K : never;

/** The type of a view's results. */
export type ResultOf<V> = V extends View<infer _K, infer R> ? R : never;

/** A name that stands in a URL as it is. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
