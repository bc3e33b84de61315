/** One asynchronous call for many records: when so many are there, or when the first has waited long enough. */
import { DataError } from '../core/errors.js';
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import type { Retry } from '../core/retry.js';
import type { Inlet, OriginCell } from '../core/stage.js';
import type { Time } from '../core/values.js';
import type { AsyncStep, StepInput } from '../plan/step.js';
import { calls } from './calls.js';
import { asynchronous, missing, orNone, wrongCount, wrongDuration, wrongFunction, wrongRetry, type Naming } from './make.js';

/** How `mapBatch` collects and calls. */
export interface MapBatchOptions {
  /** Records per call, at most. */
  readonly size: number;
  /** How long the first record of a batch waits for company, at most. */
  readonly within: Duration;
  /** Calls under way at once; default 1. */
  readonly concurrency?: number | undefined;
  readonly timeout?: Duration | undefined;
  readonly retry?: Retry | undefined;
}

interface Batched<T> {
  readonly values: T[];
  readonly times: Time[];
  readonly origins: (OriginCell | undefined)[];
}

/** `f` gives one result per record, in the same order; results go on in order, each at the time of its record. */
export function mapBatch<In, Out>(input: StepInput, f: (values: readonly In[], signal: AbortSignal) => PromiseLike<readonly Out[]>, given: MapBatchOptions, options?: Naming): AsyncStep {
  const how = orNone(given);
  const within = milliseconds(how.within) ?? 0;
  return asynchronous<In, Out>(
    input,
    'mapBatch',
    options,
    (inlet, context) => {
      const { clock, signal } = context.environment;
      const call = async (batch: Batched<In>, callSignal: AbortSignal): Promise<{ batch: Batched<In>; results: readonly Out[] }> => {
        const results = await f(batch.values, callSignal);
        if (!Array.isArray(results) || results.length !== batch.values.length)
          throw new DataError('batch-length', `The batch function was given ${batch.values.length} records and gave ${Array.isArray(results) ? `${results.length} results` : typeof results}; it must give one result per record, in order.`);
        return { batch, results };
      };
      const port = calls(expand<In, Out>(inlet), context, call, { concurrency: how.concurrency ?? 1, order: 'input', timeout: how.timeout, retry: how.retry });
      let batch: Batched<In> = { values: [], times: [], origins: [] };
      /** A watermark that waits for the batch it came behind. */
      let held: Time | undefined;
      let timer: AbortController | undefined;

      const flush = (): void => {
        timer?.abort();
        timer = undefined;
        if (batch.values.length > 0) {
          const full = batch;
          batch = { values: [], times: [], origins: [] };
          port.data(full, full.times.at(-1) ?? 0);
        }
        if (held !== undefined) port.watermark(held);
        held = undefined;
      };
      const arm = (): void => {
        const own = new AbortController();
        timer = own;
        clock.sleep(within, AbortSignal.any([signal, own.signal])).then(flush, () => {});
      };
      return {
        data(value, time) {
          // A watermark that came between two records of a batch leaves with the batch: later, which is always allowed.
          batch.values.push(value);
          batch.times.push(time);
          batch.origins.push(context.captureOrigin());
          if (batch.values.length >= how.size) flush();
          else if (batch.values.length === 1) arm();
        },
        watermark(time) {
          held = time;
          if (batch.values.length === 0 || time === Number.POSITIVE_INFINITY) flush();
          return true;
        },
        idle() {
          flush();
          port.idle();
        },
        end: port.end,
        pending: () => batch.values.length + port.pending(),
        flush,
      };
    },
    {
      detail: `up to ${how.size} records or ${durationText(within)}`,
      problems: [...wrongFunction('the batch function', f), ...missing('size', how.size), ...missing('within', how.within), ...wrongCount('size', how.size), ...wrongDuration('within', how.within), ...wrongCount('concurrency', how.concurrency), ...wrongDuration('timeout', how.timeout), ...wrongRetry(how.retry)],
    },
  );
}

/** Takes whole batches apart again on their way out. */
function expand<In, Out>(inlet: Inlet<Out>): Inlet<{ readonly batch: Batched<In>; readonly results: readonly Out[] }> {
  return {
    ...inlet,
    offer({ batch, results }) {
      let room = true;
      results.forEach((result, i) => (room = inlet.offer(result, batch.times[i] ?? 0, batch.origins[i])));
      return room;
    },
    fail(failure) {
      const { values, times, origins } = failure.input as Batched<In>; // `calls` fails with what it was given
      values.forEach((input, i) => inlet.fail({ ...failure, input, time: times[i] ?? failure.time, origin: origins[i]?.read() }));
    },
  };
}
