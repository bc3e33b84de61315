/** Runs a trial to its end in virtual time, and writes down what the step saw and what came out. */
import { deepStrictEqual } from 'node:assert';
import { Stream, toArray, type Batch, type Late, type Output, type Sink, type Source } from '../../src/index.js';
import { transform } from '../../src/operators/make.js';
import { planOf } from '../../src/plan/plan.js';
import { startJob } from '../../src/runners/local.js';
import type { StepMetrics } from '../../src/runners/metrics.js';
import { grown } from '../../src/stream/node.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import type { Row } from './row.js';
import type { Given, Seen, Trial } from './subject.js';

/** How the rows reach the step: splits, sizes of reads (0: the next one is a promise), watermark bound; `hasty`: the budget is spent at every look at the clock. */
export interface Way {
  readonly splits: readonly (readonly Row[])[];
  readonly sizes: readonly number[];
  readonly disorder: number;
  readonly hasty: boolean;
}

export interface Played {
  readonly seen: readonly Seen[];
  readonly results: readonly Given[];
  readonly late: readonly number[];
  readonly metrics: StepMetrics;
}

/** Several splits, read by pieces. */
export function pieces<T>(splits: readonly (readonly T[])[], sizes: readonly number[]): Source<T> {
  return {
    name: 'rows',
    replayable: true,
    splits: () => splits.map((_, split) => String(split)),
    open(split) {
      const all = splits[Number(split)] ?? [];
      let at = 0;
      let reads = Number(split);
      const next = (): Batch<T> | 'end' => {
        if (at >= all.length) return 'end';
        const size = Math.max(1, sizes[reads % sizes.length] ?? 1);
        const values = all.slice(at, at + size);
        at += values.length;
        return { values, position: at };
      };
      return {
        read() {
          const slow = sizes[reads++ % sizes.length] === 0;
          return slow ? Promise.resolve().then(next) : next();
        },
        close: () => {},
      };
    },
  };
}

/** Writes down what passes here. */
export function watched(stream: Stream<Row>, seen: Seen[]): Stream<Row> {
  const step = transform<Row, Row>(stream.node.input, 'watch', undefined, below => ({
    data(row, time) {
      seen.push({ row });
      below.data(row, time);
    },
    watermark(watermark) {
      const taken = below.watermark(watermark);
      if (taken) seen.push({ watermark });
      return taken;
    },
    idle: () => below.idle(),
    end: () => below.end(),
  }));
  return grown(stream.node, step);
}

/** Values with their times. */
export const timed = (into: Given[]): Sink<unknown> => ({
  name: 'timed',
  guarantee: 'append',
  open: () => ({
    write: (values, times) => values.forEach((value, index) => into.push([value, times[index] ?? Number.NaN])),
    flush: () => {},
    close: () => {},
  }),
});

export async function played(trial: Trial, { splits, sizes, disorder, hasty }: Way): Promise<Played> {
  const seen: Seen[] = [];
  const results: Given[] = [];
  const late: Late<Row>[] = [];
  const stream = watched(Stream.from(pieces(splits, sizes)).timestamps(row => row.at, { disorder }), seen);
  const output: Output = trial.build(stream, l => l.to(toArray(late))).to(timed(results));
  const clock = virtualClock();
  if (hasty) {
    const { monotonic } = clock;
    let spent = 0;
    Object.assign(clock, { monotonic: () => monotonic() + (spent += 0.4) });
  }
  const job = await clock.finish((async () => startJob(planOf(output.sinks), hasty ? { budget: 1 } : {}, { clock, random: () => 0.5 }))());
  await clock.finish(job.done);
  const metrics = job.metrics().steps['step'];
  if (metrics === undefined) throw new Error('The step of a trial must be named `step`.');
  return { seen, results, late: late.map(({ value }) => value.id), metrics };
}

/** The same results, whatever their order. */
export function sameResults(found: readonly Given[], expected: readonly Given[], message: string): void {
  deepStrictEqual(inOrder(found), inOrder(expected), message);
}

export function same(found: unknown, expected: unknown, message: string): void {
  try {
    deepStrictEqual(found, expected);
  } catch (error) {
    throw new Error(`${message}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const inOrder = (given: readonly Given[]): readonly Given[] =>
  given
    .map(one => ({ one, text: textOf(one) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ one }) => one);
/** For sorting only; what is sorted is compared whole. */
const textOf = (given: Given): string => JSON.stringify(given, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
