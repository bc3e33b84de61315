/** An RxJS Observable as a source: records go down as they are pushed; what comes while the runner is busy or a sink is full waits in a bounded buffer with a named policy. */
import type { Observable } from 'rxjs';
import { OverflowError } from '../core/errors.js';
import type { Source } from '../core/source.js';
import { readBuffer } from './buffer.js';

/** What happens to a pushed record when the buffer is full. */
export type WhenFull = 'fail' | 'dropOldest' | 'dropNewest';

/** Default bound of the buffer of a pushing input. */
export const PUSH_BUFFER = 10_000;

export function observableSource<T>(name: string, observable: Observable<T>, bound: number, whenFull: WhenFull): Source<T> {
  return {
    name,
    replayable: false,
    splits: () => ['0'],
    open(_split, _from, environment) {
      const buffer = readBuffer<T>(environment);
      let cancel: (() => void) | undefined;
      let closed = false;
      let dropped = 0;
      return {
        read: max => buffer.poll(max),
        connect(push, wake) {
          const subscription = observable.subscribe({
            next(value) {
              if (closed || (buffer.size === 0 && push(value))) return;
              if (buffer.size >= bound) {
                if (whenFull === 'fail') {
                  buffer.fail(new OverflowError(`The buffer of "${name}"`, bound, "The input pushes faster than the job takes it: raise `buffer`, choose `whenFull: 'dropOldest' | 'dropNewest'`, or slow the input down."));
                  cancel?.();
                  return wake();
                }
                dropped++;
                if (whenFull === 'dropNewest') return;
                buffer.shift();
              }
              buffer.put(value);
              wake();
            },
            error(error: unknown) {
              buffer.fail(error);
              wake();
            },
            complete() {
              buffer.end();
              wake();
            },
          });
          cancel = () => subscription.unsubscribe();
          if (closed) cancel();
        },
        dropped: () => dropped,
        close() {
          closed = true;
          cancel?.();
        },
      };
    },
  };
}
