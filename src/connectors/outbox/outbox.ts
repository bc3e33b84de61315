/**
 * Any target with transactions of its own as an exactly-once sink: records are kept in the checkpoint until it is durable, and then delivered together with a row of the target's ledger. So
 * nothing is delivered that the job might not remember, and what the job does remember is delivered once, by whoever comes back to life.
 */
import { z } from 'zod';
import { DataError, OverflowError, causeText } from '../../core/errors.js';
import type { FailedWrite, LedgerSink, LedgerTarget, LedgerWriter, Sink } from '../../core/sink.js';
import type { Json, Time } from '../../core/values.js';
import { checker, count } from '../settings.js';
import { pack, unpack } from './lossless.js';

/** Options of {@link outbox}. */
export interface OutboxOptions {
  /** Name of the sink; `outbox(...)` with the name of the target by default. */
  readonly name?: string | undefined;
  /** Records that may wait for a checkpoint before one is asked for; 100,000 by default. */
  readonly maxRecords?: number | undefined;
  /** The same in bytes, about; 64 MiB by default. */
  readonly maxBytes?: number | undefined;
}

const OPTIONS = z.strictObject({ name: z.string().optional(), maxRecords: count(100_000), maxBytes: count(64 * 2 ** 20) } satisfies { readonly [Name in keyof Required<OutboxOptions>]: z.ZodType });

/** So many times its bounds may wait while a checkpoint is asked for: what is in flight must come through before it is taken. */
const STRETCH = 16;

/** What waits, and what stands in the manifest for it. */
interface Waiting {
  readonly checkpoint: number;
  readonly rows: readonly Json[];
  readonly times: readonly Time[];
}

/**
 * Makes a target with transactions exactly-once: `outbox(postgres({ ... }))`.
 *
 * Records are kept in memory until the next checkpoint and become part of it; when it is durable they are delivered in one transaction with a ledger row (job, step, checkpoint) that says so. A job that dies
 * before delivers nothing; one that dies after delivers what the ledger does not have when it starts again. So results appear one checkpoint interval late, all at once. A checkpoint is asked for early
 * when `maxRecords` or `maxBytes` wait.
 *
 * Records must be plain data (primitives, arrays, plain objects, Date, Map, Set, binary data; what JSON does not have is kept whole); others fail one by one and go to the `onError` of the step, as do
 * those the target can say something against. What the target refuses at delivery fails the job.
 *
 * Exactly-once needs durable state and a source that can be read again, as everything end to end does.
 *
 * @param target a `LedgerTarget`, or a sink that has one, such as `postgres(...)`
 * @param options name and bounds
 * @returns a sink with the guarantee `transactional`
 * @throws ConfigurationError when called with options that cannot be
 * @throws OverflowError when far more records wait than the bounds say and no checkpoint comes
 * @throws DataError `outbox-token` when the checkpoint holds what is not from this sink
 * @example
 * ```ts
 * import { Stream, type LedgerTarget } from 'millrace';
 * import { outbox } from 'millrace/outbox';
 *
 * // A target: rows and ledger change together.
 * const table = { rows: [] as number[], ledger: { checkpoint: 0, generation: 0 } };
 * const target: LedgerTarget<number> = {
 *   name: 'table',
 *   async open({ generation }) {
 *     table.ledger = { ...table.ledger, generation };
 *     return {
 *       async deliver(checkpoint, values) {
 *         if (table.ledger.generation !== generation) throw Object.assign(new Error('A newer incarnation has taken over.'), { code: 'fenced' });
 *         if (table.ledger.checkpoint >= checkpoint) return;
 *         table.rows.push(...values);
 *         table.ledger = { checkpoint, generation };
 *       },
 *       close() {},
 *     };
 *   },
 * };
 * const job = await Stream.from([1, 2, 3]).to(outbox(target), { name: 'orders' }).run({ name: 'shop' });
 * await job.done;
 * console.log(table.rows); // [1, 2, 3]
 * ```
 */
export function outbox<T>(target: LedgerTarget<T> | LedgerSink<T>, options: OutboxOptions = {}): Sink<T> {
  const check = checker('outbox()', 'outbox-option');
  const settings = check.settings(OPTIONS, options);
  const given = target as Partial<LedgerSink<T>> | null | undefined; // whatever JavaScript gives
  const ledger = given?.ledger ?? target;
  if (typeof given?.open !== 'function') check.refuse('', 'Its first argument is no target.', 'Give a LedgerTarget, or a sink that has one, such as postgres(...).');
  else if ('guarantee' in ledger) check.refuse('', `The sink "${target.name}" keeps no ledger.`, 'Give a LedgerTarget, or a sink that has one, such as postgres(...). A sink that is transactional by itself needs no outbox.');
  check.done();
  const { name = `outbox(${target.name})`, maxRecords, maxBytes } = settings;
  return {
    name,
    guarantee: 'transactional',
    async open(context) {
      // A sink without a ledger was refused above.
      const writer = await (ledger as LedgerTarget<T>).open(context);
      const turn = (): Promise<void> => new Promise(resolve => context.environment.clock.defer(resolve));
      try {
        await deliver(writer, context.restored, turn);
      } catch (cause) {
        await Promise.resolve(writer.close('failed')).catch(() => {}); // the first error stands
        throw cause;
      }
      let rows: Json[] = [];
      let times: Time[] = [];
      let bytes = 0;
      const makeRoom = (): void => {
        const stretch = context.checkpointSoon === undefined ? 1 : STRETCH;
        if (rows.length >= maxRecords * stretch || bytes >= maxBytes * stretch)
          throw new OverflowError(`The outbox "${name}"`, rows.length, 'No checkpoint comes to deliver them. Take checkpoints (checkpoint: ...) more often, or raise maxRecords and maxBytes.');
      };
      const keep = (values: readonly T[], at: readonly Time[], refused: readonly FailedWrite[]): readonly FailedWrite[] | undefined => {
        const failed = new Map(refused.map(write => [write.index, write]));
        values.forEach((value, index) => {
          if (failed.has(index)) return;
          try {
            const { json, size } = pack(value);
            rows.push(json);
            times.push(at[index] ?? 0);
            bytes += size;
          } catch (cause) {
            failed.set(index, { index, cause: cause instanceof DataError ? cause : new DataError('outbox-value', `The record cannot be kept until it is delivered: ${causeText(cause)}.`, undefined, { cause }) });
          }
        });
        if (rows.length >= maxRecords || bytes >= maxBytes) context.checkpointSoon?.();
        return failed.size === 0 ? undefined : [...failed.values()].toSorted((a, b) => a.index - b.index);
      };
      return {
        write(values, at) {
          makeRoom();
          const refused = writer.check?.(values);
          return refused instanceof Promise ? refused.then(list => keep(values, at, list ?? [])) : keep(values, at, refused ?? []);
        },
        flush() {},
        async prepare(checkpoint) {
          if (rows.length === 0) return undefined;
          const token = { checkpoint, rows, times };
          rows = [];
          times = [];
          bytes = 0;
          return token;
        },
        commit: tokens => deliver(writer, tokens, turn),
        close: outcome => writer.close(outcome),
      };
    },
  };
}

/** Records that are unpacked before the host has a turn. */
const AT_ONCE = 1_000;

/** All tokens of a manifest are delivered as one, under the number of the last: those of checkpoints that could not be written come with the next that could. */
async function deliver<T>(writer: LedgerWriter<T>, tokens: readonly Json[], turn: () => Promise<void>): Promise<void> {
  const waiting = tokens.map(waitingOf);
  if (waiting.length === 0) return;
  const values: T[] = [];
  for (const { rows } of waiting) {
    for (const row of rows) {
      values.push(unpack(row) as T); // what was packed
      if (values.length % AT_ONCE === 0) await turn();
    }
  }
  await writer.deliver(Math.max(...waiting.map(({ checkpoint }) => checkpoint)), values, waiting.flatMap(({ times }) => times));
}

function waitingOf(token: Json): Waiting {
  const { checkpoint, rows, times } = (token ?? {}) as Readonly<Partial<Record<keyof Waiting, Json>>>;
  if (typeof checkpoint === 'number' && Array.isArray(rows) && Array.isArray(times) && rows.length === times.length) return { checkpoint, rows: rows as readonly Json[], times: times as readonly Time[] };
  throw new DataError('outbox-token', 'What the checkpoint says about undelivered records is not from this sink. Give the step another name, or start the job without its state.', undefined);
}
