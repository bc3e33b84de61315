/** A ledger target for receivers without transactions that remember keys: their memory is the ledger. */
import { z } from 'zod';
import type { LedgerTarget } from '../../core/sink.js';
import type { Time } from '../../core/values.js';
import { checker, count, name } from '../settings.js';
import { idempotencyKey } from './idempotency-key.js';

/** What is known of a record that is sent. */
export interface KeyedDelivery {
  /** The same for this record however often it is sent; another for every other one. */
  readonly key: string;
  readonly time: Time;
  /** Aborted when the job ends. */
  readonly signal: AbortSignal;
}

/** Options of {@link withIdempotencyKeys}. */
export interface WithIdempotencyKeysOptions {
  /** Name of the target; `keyed` by default. */
  readonly name?: string | undefined;
  /** Records under way at a time; 1 by default, which keeps their order. */
  readonly concurrency?: number | undefined;
}

const OPTIONS = z.strictObject({ name: name('keyed'), concurrency: count(1, false) } satisfies { readonly [Name in keyof Required<WithIdempotencyKeysOptions>]: z.ZodType });

/**
 * A target for `outbox` that sends records one by one, each with a key: exactly-once if the receiver does what it has seen a key for only once (HTTP with `Idempotency-Key`, queues that drop duplicates).
 *
 * A record is sent after the checkpoint that holds it is durable, so job, step, checkpoint and its place in it, which make the key, are the same at every repetition, after a crash too. The record itself
 * goes into the key as well: a job that begins anew under the same name, and so counts its checkpoints from one again, does not look like its predecessor. The receiver must remember keys for as
 * long as a job may be down.
 *
 * @param send sends one record; rejects if the receiver did not confirm it, and is then called again with the same key. A record the receiver will never take (an HTTP 4xx) must not reject: it would
 *   stand in the way of all others until the job fails.
 * @param options name, concurrency
 * @returns a target for `outbox`
 * @throws ConfigurationError when called with options that cannot be
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { outbox, withIdempotencyKeys } from 'millrace/outbox';
 *
 * const seen = new Map<string, unknown>(); // what a receiver remembers
 * const payments = withIdempotencyKeys<{ order: number }>(async (payment, { key }) => void seen.set(key, payment));
 *
 * const job = await Stream.from([{ order: 1 }, { order: 2 }]).to(outbox(payments), { name: 'payments' }).run({ name: 'shop' });
 * await job.done;
 * console.log(seen.size); // 2
 * ```
 */
export function withIdempotencyKeys<T>(send: (record: T, delivery: KeyedDelivery) => Promise<void> | void, options: WithIdempotencyKeysOptions = {}): LedgerTarget<T> {
  const check = checker('withIdempotencyKeys()', 'outbox-option');
  if (typeof send !== 'function') check.refuse('', 'Its first argument is not a function.', 'Give the function that sends a record.');
  const settings = check.settings(OPTIONS, options);
  check.done();
  return {
    name: settings.name,
    async open({ job, step, environment: { signal } }) {
      /** Of the delivery that is under way or has failed: what it need not send again, as long as this process lives. */
      let begun = { checkpoint: -1, sent: new Set<number>() };
      return {
        async deliver(checkpoint, values, times) {
          if (begun.checkpoint !== checkpoint) begun = { checkpoint, sent: new Set() };
          const { sent } = begun;
          const left = values.keys();
          const lane = async (): Promise<void> => {
            for (const index of left) {
              if (sent.has(index)) continue;
              const value = values[index] as T; // index is below the length
              await send(value, { key: idempotencyKey(job, step, checkpoint, index, value), time: times[index] ?? 0, signal });
              sent.add(index);
            }
          };
          const outcomes = await Promise.allSettled(Array.from({ length: settings.concurrency }, lane));
          for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
        },
        close() {},
      };
    },
  };
}
