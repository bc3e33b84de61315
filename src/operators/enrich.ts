/** Cached look-ups: one call in flight per key, what was found and what was not kept for a while. */
import { LRUCache } from 'lru-cache';
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import { canonicalKey, keyText } from '../core/key.js';
import type { Retry } from '../core/retry.js';
import type { Key } from '../core/values.js';
import type { AsyncStep, StepInput } from '../plan/step.js';
import { calls } from './calls.js';
import { asynchronous, orNone, wrongCount, wrongDuration, wrongFunction, wrongRetry, wrongWord, type Naming } from './make.js';

/** What a look-up keeps. */
export interface LookupCache {
  /** Keys kept, at most; the least recently used goes first. Default 10,000. */
  readonly max?: number | undefined;
  /** How long a found value is good. Default: until it is pushed out. */
  readonly ttl?: Duration | undefined;
  /** How long "not found" is good; default as `ttl`. */
  readonly negativeTtl?: Duration | undefined;
}

/** How `enrich` looks up. */
export interface EnrichOptions<T, K extends Key, V, O> {
  /** What is looked up for a record. */
  readonly key: (value: T) => K;
  /** Makes the result; default `{ value, found }`. */
  readonly with?: ((value: T, found: V | undefined) => O) | undefined;
  readonly cache?: LookupCache | undefined;
  /** Look-ups under way at once; default 16. */
  readonly concurrency?: number | undefined;
  readonly order?: 'input' | 'none' | undefined;
  readonly timeout?: Duration | undefined;
  readonly retry?: Retry | undefined;
}

const DEFAULT_MAX = 10_000;
const DEFAULT_CONCURRENCY = 16;

/** `load` finds the value of a key, or `undefined` if there is none. */
export function enrich<T, K extends Key, V, O>(input: StepInput, load: (key: K, signal: AbortSignal) => PromiseLike<V | undefined> | V | undefined, given: EnrichOptions<T, K, V, O>, options?: Naming): AsyncStep {
  const how = orNone(given);
  const max = how.cache?.max ?? DEFAULT_MAX;
  const ttl = milliseconds(how.cache?.ttl ?? 0) ?? 0;
  const negativeTtl = milliseconds(how.cache?.negativeTtl ?? ttl) ?? 0;
  return asynchronous<T, O>(
    input,
    'enrich',
    options,
    (inlet, context) => {
      const { clock } = context.environment;
      const cache = new LRUCache<string, { readonly found: V | undefined }>({ max, ttlResolution: 0, perf: { now: () => clock.monotonic() } });
      const loading = new Map<string, Promise<V | undefined>>();
      const hits = context.counter('hits');
      const misses = context.counter('misses');
      const result = (value: T, found: V | undefined): O => (how.with === undefined ? ({ value, found } as O) : how.with(value, found)); // O is that by default
      /** A look-up that fails, or whose time is up, is forgotten, so that the next one asks anew. */
      const fetch = (key: K, text: string, signal: AbortSignal): Promise<V | undefined> => {
        const under = Promise.resolve(load(key, signal)).then(found => {
          const keep = found === undefined ? negativeTtl : ttl;
          cache.set(text, { found }, keep > 0 ? { ttl: keep } : {});
          return found;
        });
        const forget = (): void => {
          if (loading.get(text) === under) loading.delete(text);
          signal.removeEventListener('abort', forget);
        };
        if (how.timeout !== undefined) signal.addEventListener('abort', forget); // then it is this call's own signal
        under.then(forget, forget);
        loading.set(text, under);
        return under;
      };
      const look = (value: T, signal: AbortSignal): O | Promise<O> => {
        const key = canonicalKey(how.key(value)) as K; // canonical form of the same type
        const text = keyText(key);
        const kept = cache.get(text);
        if (kept !== undefined) {
          hits.value++;
          return result(value, kept.found);
        }
        let under = loading.get(text);
        if (under === undefined) {
          misses.value++;
          under = fetch(key, text, signal);
        } else hits.value++;
        return under.then(found => result(value, found));
      };
      return calls(inlet, context, look, { concurrency: how.concurrency ?? DEFAULT_CONCURRENCY, order: how.order ?? 'input', timeout: how.timeout, retry: how.retry });
    },
    {
      detail: `cache ${max}${ttl > 0 ? `, ${durationText(ttl)}` : ''}`,
      problems: [
        ...wrongFunction('the look-up', load),
        ...wrongFunction('option `key`', how.key),
        ...wrongCount('cache.max', how.cache?.max),
        ...wrongDuration('cache.ttl', how.cache?.ttl),
        ...wrongDuration('cache.negativeTtl', how.cache?.negativeTtl),
        ...wrongCount('concurrency', how.concurrency),
        ...wrongDuration('timeout', how.timeout),
        ...wrongRetry(how.retry),
        ...wrongWord('order', how.order, ['input', 'none']),
      ],
    },
  );
}
