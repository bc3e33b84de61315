/** Sources that make their records: by a function of the index, or one every so often. */
import type { Time } from '../core/values.js';
import { milliseconds, type Duration } from '../core/duration.js';
import type { Source } from '../core/source.js';
import { readBuffer } from './buffer.js';

/** `make(0)`, `make(1)`, ... up to `count`; the position is the next index, so it can be read again if `make` is a pure function. */
export function generatedSource<T>(name: string, make: (index: number) => T, count: number): Source<T> {
  return {
    name,
    replayable: true,
    splits: () => ['0'],
    open(_, from) {
      let at = typeof from === 'number' ? from : 0;
      return {
        read(max) {
          const start = at;
          const values: T[] = [];
          try {
            for (; at < count && values.length < max; at++) values.push(make(at));
          } catch (error) {
            // What came before it goes down first; then `make` is asked again.
            if (values.length === 0) throw error;
          }
          return values.length === 0 ? 'end' : { values, position: at, positionOf: index => start + index };
        },
        close: () => {},
      };
    },
  };
}

/** One record every `every`, carrying the wall clock's time. */
export function intervalSource<T>(name: string, every: Duration, make: (index: number, now: Time) => T): Source<T> {
  return {
    name,
    replayable: false,
    splits: () => ['0'],
    open(_split, _from, environment) {
      const buffer = readBuffer<T>(environment);
      let index = 0;
      const cancel = environment.clock.every(milliseconds(every) ?? 0, () => {
        try {
          // A slow job gets the latest tick, not a queue of old ones.
          if (buffer.size === 0) buffer.put(make(index, environment.clock.now()));
          index++;
        } catch (error) {
          buffer.fail(error);
        }
      });
      return { read: max => buffer.wait(max), close: cancel };
    },
  };
}
