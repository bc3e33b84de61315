/** Arrays and other iterables as sources. An array can be read again from any index; an iterator only once. */
import type { Batch, Reader, Source } from '../core/source.js';

const SPLIT = ['0'];

/** An array: replayable, its position the index of the next record. A new process is trusted to make the same array: literals and configuration are. */
export function arraySource<T>(name: string, values: readonly T[]): Source<T> {
  return {
    name,
    replayable: true,
    splits: () => SPLIT,
    open(_, from) {
      let at = typeof from === 'number' ? from : 0;
      const reader: Reader<T> = {
        read(max) {
          if (at >= values.length) return 'end';
          const start = at;
          at = Math.min(values.length, at + max);
          return { values: values.slice(start, at), position: at, positionOf: index => start + index };
        },
        close: () => {},
      };
      return reader;
    },
  };
}

/** Any other iterable; its `return` is called when the job ends early. */
export function iterableSource<T>(name: string, iterable: Iterable<T>): Source<T> {
  return {
    name,
    replayable: false,
    splits: () => SPLIT,
    open() {
      const iterator = iterable[Symbol.iterator]();
      let count = 0;
      let over = false;
      let failure: { readonly error: unknown } | undefined;
      return {
        read(max): Batch<T> | 'end' {
          const values: T[] = [];
          const start = count;
          try {
            while (values.length < max && !over) {
              const next = iterator.next();
              if (next.done === true) over = true;
              else values.push(next.value);
            }
          } catch (error) {
            // What came before it goes down first.
            over = true;
            failure = { error };
          }
          if (values.length === 0 && failure !== undefined) throw failure.error;
          count += values.length;
          return values.length === 0 ? 'end' : { values, position: count, positionOf: index => start + index };
        },
        close() {
          if (!over) iterator.return?.();
          over = true;
        },
      };
    },
  };
}
