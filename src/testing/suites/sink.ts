/** The contract of a sink: what was written arrives, in order; what it promises beyond that (`guarantee`) it keeps. */
import type { Environment } from '../../core/clock.js';
import type { Sink, SinkContext, SinkWriter } from '../../core/sink.js';
import type { Json } from '../../core/values.js';
import { equal, holds, isJson, suiteEnvironment, type SuiteCase } from './suite.js';

/** A sink, and a way to look at what arrived. */
export interface SinkHarness<T> {
  readonly sink: Sink<T>;
  /** The i-th record; different for different i. */
  record(index: number): T;
  /** What a reader of the outside sees, in the form `seen` gives a record. */
  arrived(): Promise<readonly unknown[]> | readonly unknown[];
  /** How a record looks to such a reader; the record itself unless given. */
  seen?(record: T): unknown;
  readonly environment?: Environment | undefined;
  /** Called after each case. */
  close?(): Promise<void> | void;
}

/**
 * Cases every sink must pass; those of transactional and idempotent sinks are run when it says it is one.
 *
 * @param make a fresh harness for each case: a sink with nothing in it.
 * @example
 * ```ts
 * import { sinkSuite } from 'millrace/testing';
 *
 * const suite = sinkSuite<number>(() => {
 *   const rows: number[] = [];
 *   return {
 *     sink: { name: 'list', guarantee: 'append', open: () => ({ write: values => void rows.push(...values), flush() {}, close() {} }) },
 *     record: index => index,
 *     arrived: () => rows,
 *   };
 * });
 * for (const { run } of suite) await run();
 * ```
 */
export function sinkSuite<T>(make: () => SinkHarness<T> | Promise<SinkHarness<T>>): readonly SuiteCase[] {
  const testing = (name: string, run: (harness: Opened<T>) => Promise<void>): SuiteCase => ({
    name,
    async run() {
      const harness = await make();
      try {
        await run(opened(harness));
      } finally {
        await harness.close?.();
      }
    },
  });

  return [
    testing('takes nothing at all', async ({ open, arrives }) => {
      const writer = await open();
      await writer.flush();
      await writer.close('done');
      await arrives([]);
    }),
    testing('takes batches of any size, the empty one too, in order', async ({ open, write, commit, arrives, records }) => {
      const writer = await open();
      let next = 0;
      for (const size of [1, 0, 2, 100, 3]) {
        await write(writer, records(next, next + size));
        next += size;
      }
      await commit(writer, 1);
      await writer.close('done');
      await arrives(records(0, next));
    }),
    testing('goes on after a checkpoint', async ({ open, write, commit, arrives, records }) => {
      const writer = await open();
      await write(writer, records(0, 3));
      await commit(writer, 1);
      await write(writer, records(3, 6));
      await commit(writer, 2);
      await writer.close('done');
      await arrives(records(0, 6));
    }),
    testing('takes single records, if it says it does', async ({ open, commit, arrives, records }) => {
      const writer = await open();
      if (writer.accept === undefined) return writer.close('done');
      records(0, 5).forEach((value, index) => writer.accept?.(value, index));
      await commit(writer, 1);
      await writer.close('done');
      await arrives(records(0, 5));
    }),
    testing('can be closed after a failure', async ({ open, write, records }) => {
      const writer = await open();
      await write(writer, records(0, 2));
      await writer.close('failed');
    }),
    testing('idempotent: written twice is there once', async ({ sink, open, write, commit, arrives, records }) => {
      if (sink.guarantee !== 'idempotent') return;
      const writer = await open();
      for (const checkpoint of [1, 2]) {
        await write(writer, records(0, 5));
        await commit(writer, checkpoint);
      }
      await writer.close('done');
      await arrives(records(0, 5));
    }),
    testing('transactional: has what it takes, and hands out tokens of plain JSON', async ({ sink, open, write, records }) => {
      if (sink.guarantee !== 'transactional') return;
      const writer = await open();
      holds(writer.prepare !== undefined && writer.commit !== undefined, 'a transactional sink has prepare and commit');
      await write(writer, records(0, 2));
      await writer.flush();
      holds(isJson(await writer.prepare(1)), 'a token is plain JSON');
      await writer.close('failed');
    }),
    testing('transactional: nothing is seen before it is committed, nor after a failure', async ({ sink, open, write, arrives, records }) => {
      if (sink.guarantee !== 'transactional') return;
      const writer = await open();
      await write(writer, records(0, 3));
      await writer.flush();
      await writer.prepare?.(1);
      await arrives([]);
      await writer.close('failed');
      await arrives([]);
    }),
    testing('transactional: a later incarnation commits the tokens it is given, once, and drops the rest', async ({ sink, open, write, arrives, records }) => {
      if (sink.guarantee !== 'transactional') return;
      const crashed = await open();
      await write(crashed, records(0, 3));
      await crashed.flush();
      const token = await crashed.prepare?.(1);
      holds(token !== undefined, 'there is a token for what was written');
      await write(crashed, records(3, 5));
      await crashed.flush();
      await crashed.prepare?.(2);
      const next = await open(2, [token]);
      await arrives(records(0, 3));
      await next.commit?.([token]);
      await arrives(records(0, 3));
      await next.close('done');
      await arrives(records(0, 3));
    }),
  ];
}

/** A harness with what every case needs. */
interface Opened<T> {
  readonly sink: Sink<T>;
  open(generation?: number, restored?: readonly Json[]): Promise<SinkWriter<T>>;
  /** Writes a batch that must be accepted whole. */
  write(writer: SinkWriter<T>, values: readonly T[]): Promise<void>;
  /** A checkpoint as the runner makes it. */
  commit(writer: SinkWriter<T>, checkpoint: number): Promise<void>;
  records(from: number, to: number): readonly T[];
  arrives(expected: readonly T[]): Promise<void>;
}

function opened<T>(harness: SinkHarness<T>): Opened<T> {
  const environment = harness.environment ?? suiteEnvironment();
  const seen = (record: T): unknown => (harness.seen === undefined ? record : harness.seen(record));
  return {
    sink: harness.sink,
    async open(generation = 1, restored = []) {
      const context: SinkContext = { job: 'suite', step: 'sink', generation, restored, checkpoint: 0, environment };
      return harness.sink.open(context);
    },
    async write(writer, values) {
      const failed = await writer.write([...values], values.map((_, index) => index));
      equal(failed ?? [], [], 'records that were not accepted');
    },
    async commit(writer, checkpoint) {
      await writer.flush();
      const token = await writer.prepare?.(checkpoint);
      if (token !== undefined) await writer.commit?.([token]);
    },
    records: (from, to) => Array.from({ length: to - from }, (_, index) => harness.record(from + index)),
    async arrives(expected) {
      equal([...(await harness.arrived())], expected.map(seen), 'what arrived');
    },
  };
}
