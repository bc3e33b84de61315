/** What `first` and `last` keep: one record and its time. */
import type { Time } from '../core/values.js';

/** A record with its event time; `null` before there is one. */
export type Dated<T> = { readonly value: T; readonly time: Time } | null;

export const copyDated = <T>(dated: Dated<T>): Dated<T> => (dated === null ? null : { value: dated.value, time: dated.time });
