/** An RxJS Observable as a source: records go down as they are pushed; what comes while the runner is busy or a sink is full waits in a bounded buffer with a named policy. */
import { Subscriber, type Observable } from 'rxjs';
import { OverflowError } from '../core/errors.js';
import type { Source } from '../core/source.js';
import { readBuffer } from './buffer.js';

/** What happens to a pushed record when the buffer is full. */
export type WhenFull = 'fail' | 'dropOldest' | 'dropNewest';

/** Default bound of the buffer of a pushing input. */
export const PUSH_BUFFER = 10_000;

/** RxJS hands a record to a subscriber of its own make as it is, to any other through two more calls. */
class PushSubscriber<T> extends Subscriber<T> {
  private readonly push: (value: T) => void;
  constructor(observer: { next(value: T): void; error(error: unknown): void; complete(): void }) {
    super(observer);
    this.push = observer.next;
  }
  override next(value: T): void {
    if (!this.isStopped) this.push(value);
  }
}

export function observableSource<T>(name: string, observable: Observable<T>, bound: number, whenFull: WhenFull): Source<T> {
  return {
    name,
    replayable: false,
    splits: () => ['0'],
    open(_split, _from, environment) {
      const buffer = readBuffer<T>(environment);
      let cancel: (() => void) | undefined;
      let closed = false;
      let buffered = false;
      let dropped = 0;
      return {
        read(max) {
          const answer = buffer.poll(max);
          buffered = buffer.size > 0;
          return answer;
        },
        connect(push, wake) {
          const overflow = (value: T): void => {
            if (buffer.size >= bound) {
              if (whenFull === 'fail') {
                buffer.fail(new OverflowError(`The buffer of "${name}"`, bound, "The input pushes faster than the job takes it: raise `buffer`, choose `whenFull: 'dropOldest' | 'dropNewest'`, or slow the input down."));
                closed = true;
                cancel?.();
                return wake();
              }
              dropped++;
              if (whenFull === 'dropNewest') return;
              buffer.shift();
            }
            buffered = true;
            buffer.put(value);
            wake();
          };
          const inlet = new PushSubscriber<T>(
            {
              next(value) {
                if (!closed && (buffered || !push(value))) overflow(value);
              },
              error(error: unknown) {
                buffer.fail(error);
                wake();
              },
              complete() {
                buffer.end();
                wake();
              },
            },
          );
          const subscription = observable.subscribe(inlet);
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
