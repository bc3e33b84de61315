/** Sinks of the benches, written as a user would write them. */
import type { Sink } from 'millrace';

/** Hands each record to a function. */
export const each = <T>(f: (value: T) => void): Sink<T> => ({
  name: 'each',
  guarantee: 'append',
  open: () => ({ write: values => values.forEach(f), accept: f, flush: () => {}, close: () => {} }),
});
