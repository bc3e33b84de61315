/**
 * Code that waits only when it must. Opening a job of synchronous parts has to be synchronous (a `Subject` may push in the line after `subscribe`),
 * opening a database is not; writing both paths once is what this is for.
 */

/** A value now, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** Runs a generator to its end; a yielded promise is awaited and its value given back, anything else is given back at once. */
export function maybeAsync<T>(steps: Generator<unknown, T, unknown>): T | Promise<T> {
  const run = (next: IteratorResult<unknown, T>): T | Promise<T> => {
    while (next.done !== true) {
      const value = next.value;
      if (isPromise(value)) return Promise.resolve(value).then(v => run(steps.next(v)), e => run(steps.throw(e)));
      next = steps.next(value);
    }
    return next.value;
  };
  return run(steps.next());
}
