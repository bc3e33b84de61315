/**
 * Where a test looks at results. The sink is transactional, its disk the memory of the test: what a job wrote since its last checkpoint is seen at once,
 * and gone when a later incarnation begins without it. So after any crash a test finds each result once, as a user of a transactional sink would.
 */
import { MillraceError } from '../core/errors.js';
import type { Sink } from '../core/sink.js';
import type { Json, Time } from '../core/values.js';
import type { Output } from '../stream/output.js';
import type { Stream } from '../stream/stream.js';

/** A record and its event time. */
export interface TestRecord<out T> {
  readonly value: T;
  readonly time: Time;
}

/** What came out of a stream. */
export interface Collected<out T> {
  /** To be run. */
  readonly output: Output;
  /** Everything so far, in order: what was committed, and what the running job has written since. It grows as the job runs; a crash takes back what was not committed. */
  readonly values: readonly T[];
  /** The same with event times. */
  readonly records: readonly TestRecord<T>[];
  /** Those of `values` that a checkpoint has made final. */
  readonly committed: readonly T[];
}

/** The disk of a collecting sink: it outlives jobs. */
export interface Ledger<T> {
  readonly sink: Sink<T>;
  readonly values: T[];
  readonly records: TestRecord<T>[];
  /** How many of them are committed. */
  committed(): number;
}

/** An empty disk. */
export function openLedger<T>(): Ledger<T> {
  const values: T[] = [];
  const records: TestRecord<T>[] = [];
  /** Token -> how many records it stands for. */
  const prepared = new Map<string, number>();
  let committed = 0;
  /** Only the latest writer writes. */
  let writers = 0;

  const commit = (tokens: readonly Json[]): void => {
    for (const token of tokens) if (typeof token === 'string') committed = Math.max(committed, prepared.get(token) ?? 0);
  };
  const sink: Sink<T> = {
    name: 'collect',
    guarantee: 'transactional',
    durable: false,
    open({ generation, restored }) {
      const writer = ++writers;
      const live = (): void => {
        if (writer !== writers) throw new MillraceError('fenced', `A later incarnation has opened this output; generation ${generation} may not write any more.`);
      };
      commit(restored);
      prepared.clear();
      values.length = committed;
      records.length = committed;
      return {
        write(some, times) {
          live();
          some.forEach((value, index) => {
            values.push(value);
            records.push({ value, time: times[index] ?? Number.NaN });
          });
        },
        accept(value, time) {
          live();
          values.push(value);
          records.push({ value, time });
        },
        flush: () => {},
        async prepare(checkpoint) {
          live();
          const token = `${generation}/${checkpoint}`;
          prepared.set(token, values.length);
          return token;
        },
        async commit(tokens) {
          live();
          commit(tokens);
        },
        close: () => {},
      };
    },
  };
  return { sink, values, records, committed: () => committed };
}

/** The end of `stream` in `ledger`. */
export function collectInto<T>(stream: Stream<T>, ledger: Ledger<T>, name: string | undefined): Collected<T> {
  const { sink, values, records } = ledger;
  return {
    output: stream.to(sink, { name }),
    values,
    records,
    get committed() {
      return values.slice(0, ledger.committed());
    },
  };
}
