/** A stream as an async iterator: the consumer's pace is the job's pace, and leaving the loop stops the job. */
import type { Sink } from '../core/sink.js';
import type { Plan } from '../plan/plan.js';
import type { Job } from './job.js';
import { startJob } from './local.js';
import type { RunOptions } from './options.js';

export function asyncIteratorOf<T>(planInto: (sink: Sink<T>) => Plan, options?: RunOptions): AsyncIterator<T, undefined> {
  let values: readonly T[] = [];
  let at = 0;
  let accepted: (() => void) | undefined;
  let arrived: (() => void) | undefined;
  let over: { readonly error?: unknown } | undefined;
  let starting: Promise<Job> | undefined;
  let asked: Promise<unknown> = Promise.resolve();

  const changed = (): void => {
    const resolve = arrived;
    arrived = undefined;
    resolve?.();
  };
  const sink: Sink<T> = {
    name: 'iterator',
    guarantee: 'append',
    open: () => ({
      write(batch) {
        values = batch;
        at = 0;
        // Before anybody hears of the batch: who throws it away at once must be able to accept it.
        const taken = new Promise<void>(resolve => (accepted = resolve));
        changed();
        return taken;
      },
      flush: () => {},
      close: () => {},
    }),
  };
  const begin = async (): Promise<Job> => {
    const job = await startJob(planInto(sink), options);
    job.done.then(
      () => {
        over = {};
        changed();
      },
      (error: unknown) => {
        over = { error };
        changed();
      },
    );
    return job;
  };
  const next = async (): Promise<IteratorResult<T, undefined>> => {
    await (starting ??= begin());
    for (;;) {
      if (at < values.length) {
        const value = values[at++] as T; // within bounds
        if (at === values.length) {
          accepted?.();
          accepted = undefined;
        }
        return { done: false, value };
      }
      if (over !== undefined) {
        if ('error' in over) throw over.error;
        return { done: true, value: undefined };
      }
      await new Promise<void>(resolve => (arrived = resolve));
    }
  };
  return {
    next() {
      const answer = asked.then(next);
      asked = answer.catch(() => {});
      return answer;
    },
    async return() {
      const asking = arrived;
      // From now on what the job still brings is thrown away, so that it can end; who was asking hears of the end.
      const discard = (): void => {
        values = [];
        at = 0;
        if (over === undefined) arrived = discard;
        else asking?.();
        const accept = accepted;
        accepted = undefined;
        accept?.();
      };
      discard();
      if (starting !== undefined) await (await starting).stop();
      over ??= {};
      return { done: true, value: undefined };
    },
  };
}
