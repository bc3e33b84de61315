/** The few words every other contract is made of: time, plain data, keys, positions. */

/** Epoch milliseconds, finite. Only watermarks may be infinite. */
export type Time = number;

/** Plain data that survives JSON unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What may key state: primitives with a canonical form and tuples of them. */
export type Key = string | number | bigint | boolean | readonly Key[];

/** Orders the entries below one key of a state table. Numbers come before strings. */
export type Sub = number | string;

/** Where to resume in one split. Opaque to the engine, plain JSON. */
export type Position = Json;

/** Which clock a timer follows: the watermark or the wall. */
export type Domain = 'event' | 'processing';
