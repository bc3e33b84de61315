import type { Duration } from '../core/duration.js';
import { canonicalKey, keyText } from '../core/key.js';
import type { Retry } from '../core/retry.js';
import type { AsyncStep, StepInput } from '../plan/step.js';
import { calls } from './calls.js';
import { asynchronous, missing, orNone, wrongCount, wrongDuration, wrongFunction, wrongRetry, wrongWord, type Naming } from './make.js';

/** How `mapAsync` calls. */
export interface MapAsyncOptions {
  /** Calls under way at once. */
  readonly concurrency: number;
  /** Results in the order of the input (default), or as they come. */
  readonly order?: 'input' | 'none' | undefined;
  /** A call that takes longer fails; its signal is aborted. */
  readonly timeout?: Duration | undefined;
  readonly retry?: Retry | undefined;
}

const problems = (f: unknown, { concurrency, order, timeout, retry }: MapAsyncOptions) => [...wrongFunction('the mapping', f), ...missing('concurrency', concurrency), ...wrongCount('concurrency', concurrency), ...wrongDuration('timeout', timeout), ...wrongRetry(retry), ...wrongWord('order', order, ['input', 'none'])];

/** One asynchronous call per record. */
export function mapAsync<In, Out>(input: StepInput, f: (value: In, signal: AbortSignal) => PromiseLike<Out> | Out, given: MapAsyncOptions, options?: Naming): AsyncStep {
  const how = orNone(given);
  const order = how.order ?? 'input';
  return asynchronous<In, Out>(input, 'mapAsync', options, (inlet, context) => calls(inlet, context, f, { ...how, order }), {
    detail: `concurrency ${how.concurrency}, ${order === 'input' ? 'in order' : 'as they come'}`,
    problems: problems(f, how),
  });
}

/** A record with its key beside it, as it comes out of a step below `keyBy` that keeps the key. */
export interface Keyed<K, T> {
  readonly key: K;
  readonly value: T;
}

/** The same on a keyed stream: one key's calls one after the other, keys beside each other. What comes out carries its key. */
export function mapAsyncPerKey<K, In, Out>(input: StepInput, f: (value: In, signal: AbortSignal) => PromiseLike<Out> | Out, given: Omit<MapAsyncOptions, 'order'>, options?: Naming): AsyncStep {
  const how = orNone(given);
  const { keyOf, unwrap } = input;
  return asynchronous<unknown, Keyed<K, Out>>(
    input,
    'mapAsync',
    options,
    (inlet, context) => {
      const key = (element: unknown): K => canonicalKey(keyOf?.(element)) as K; // keyBy gave the type
      const value = (element: unknown): In => (unwrap === undefined ? element : unwrap(element)) as In; // as above
      const f2 = async (element: unknown, signal: AbortSignal): Promise<Keyed<K, Out>> => ({ key: key(element), value: await f(value(element), signal) });
      // Whoever hears of a failure is shown the record, not the element that carries its key.
      const shown: typeof inlet = unwrap === undefined ? inlet : { ...inlet, fail: failure => inlet.fail({ ...failure, input: unwrap(failure.input) }) };
      return calls(shown, context, f2, { ...how, order: 'none', keyOf: element => keyText(canonicalKey(keyOf?.(element))) });
    },
    { detail: `concurrency ${how.concurrency}, in order per key`, problems: problems(f, how) },
  );
}
