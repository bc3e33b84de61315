/** The RxJS boundary of a job's end: a stream as an Observable. Every subscription is a run of its own, started at once and stopped by unsubscribing. */
import { Observable } from 'rxjs';
import { isPromise } from '../core/maybe.js';
import type { Sink } from '../core/sink.js';
import type { Plan } from '../plan/plan.js';
import type { Job } from './job.js';
import { startJob } from './local.js';
import type { RunOptions } from './options.js';

export function observableOf<T>(planInto: (sink: Sink<T>) => Plan, options?: RunOptions): Observable<T> {
  return new Observable<T>(subscriber => {
    const sink: Sink<T> = {
      name: 'toObservable',
      guarantee: 'append',
      open: () => ({ write: () => {}, accept: value => subscriber.next(value), flush: () => {}, close: () => {} }),
    };
    let stopped = false;
    let running: Job | undefined;
    const started = (job: Job): void => {
      running = job;
      job.done.then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      if (stopped) stop(job);
    };
    const stop = (job: Job): void => void job.stop().catch(() => {}); // the subscriber has gone and hears nothing more
    try {
      const job = startJob(planInto(sink), options);
      if (isPromise(job)) Promise.resolve(job).then(started, (error: unknown) => subscriber.error(error));
      else started(job);
    } catch (error) {
      subscriber.error(error);
    }
    return () => {
      stopped = true;
      if (running !== undefined) stop(running);
    };
  });
}
