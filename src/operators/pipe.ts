/**
 * RxJS operators as a step. What happens inside is RxJS's: it has no event time, no backpressure of its own and nothing in a checkpoint, so the step is opaque and says so.
 * Results carry the time at which they came out.
 */
import { Subject, type Observable } from 'rxjs';
import { OverflowError } from '../core/errors.js';
import type { AsyncStep, StepInput } from '../plan/step.js';
import { asynchronous } from './make.js';

/** Results that may wait while the job is busy; a chain that makes more without any input (an interval) is cut. */
const BOUND = 65_536;

export function pipe<In, Out>(input: StepInput, chain: (source: Observable<In>) => Observable<Out>): AsyncStep {
  return asynchronous<In, Out>(
    input,
    'pipe',
    undefined,
    (inlet, { gate, environment }) => {
      const { clock, signal } = environment;
      const subject = new Subject<In>();
      let waiting = 0;
      let full = false;
      let over = false;
      let high = Number.NEGATIVE_INFINITY;
      const ready = (): void => {
        full = false;
        waiting = 0;
        gate.open();
      };
      const finish = (): void => {
        if (over) return;
        over = true;
        inlet.watermark(Number.POSITIVE_INFINITY);
        inlet.end();
      };
      const broken = (cause: unknown): void => {
        if (over) return;
        over = true;
        inlet.abort(cause);
      };
      const subscription = chain(subject).subscribe({
        next(value) {
          if (over) return;
          high = Math.max(high, clock.now());
          if (full && ++waiting > BOUND) return broken(new OverflowError('The output of an RxJS chain', BOUND, 'It makes records faster than the job takes them: limit it with RxJS operators, or make it a source of its own with a buffer policy.'));
          if (!inlet.offer(value, high, undefined) && !full) {
            full = true;
            gate.close();
            inlet.onReady(ready);
          }
          inlet.watermark(high);
        },
        error: broken,
        complete: finish,
      });
      signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
      return {
        data(value) {
          if (!over) subject.next(value);
        },
        watermark: () => true,
        idle: () => {},
        end: () => subject.complete(),
        pending: () => 0,
      };
    },
    { opaque: true },
  );
}
