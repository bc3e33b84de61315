/**
 * A world for tests of operators and the engine: a scripted source, a sink that remembers, a probe that sees what a port sees, a virtual clock.
 * `habits` is what every operator owes (style.md, habit 11), asked of each in the same words.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StepError, Stream, toArray, type Batch, type Output, type Rejected, type RunOptions, type Sink, type Source, type StepOptions, type Time } from '../../src/index.js';
import { transform } from '../../src/operators/make.js';
import { planOf } from '../../src/plan/plan.js';
import type { ControlledJob } from '../../src/runners/job.js';
import { startJob } from '../../src/runners/local.js';
import { grown } from '../../src/stream/node.js';
import { virtualClock, type VirtualClock } from '../../src/testing/virtual-clock.js';

/** Starts outputs as one job in virtual time. */
export function begin(outputs: Output | readonly Output[], clock: VirtualClock = virtualClock(), options?: RunOptions): Promise<ControlledJob> {
  const sinks = [outputs].flat().flatMap(o => o.sinks);
  return (async () => startJob(planOf(sinks), options, { clock, random: () => 0.5 }))();
}

/** Runs outputs to their end in virtual time. */
export async function runAll(outputs: Output | readonly Output[], clock: VirtualClock = virtualClock(), options?: RunOptions): Promise<ControlledJob> {
  const job = await clock.finish(begin(outputs, clock, options));
  await clock.finish(job.done);
  return job;
}

/** All records of a stream that ends. */
export async function valuesOf<T>(stream: Stream<T>, clock?: VirtualClock, options?: RunOptions): Promise<T[]> {
  const values: T[] = [];
  await runAll(stream.to(toArray(values)), clock, options);
  return values;
}

/** The error a job ends with. */
export async function errorOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  return expect.fail('it did not fail');
}

/** The error a job ends with, which must be a StepError of this step. */
export async function stepErrorOf(work: PromiseLike<unknown>, step: string): Promise<StepError> {
  const error = await errorOf(work);
  expect(error).toBeInstanceOf(StepError);
  expect((error as StepError).step).toBe(step);
  return error as StepError;
}

/** What a read of a {@link scripted} source answers: records (`[value, time]` in `timed`), a pause, an end, an error. */
export type Answer<T> = readonly T[] | Partial<Batch<T>> | Error | 'idle' | 'never' | 'later';

export interface Scripted<T> extends Source<T> {
  reads: number;
  opened: number;
  closed: number;
}

/** A source that answers its reads one by one, and ends after the last; `later`: the next answer comes as a promise. */
export function scripted<T>(answers: readonly Answer<T>[], more: Partial<Pick<Source<T>, 'name' | 'watermarks' | 'replayable'>> & { splits?: readonly string[] } = {}): Scripted<T> {
  const self: Scripted<T> = {
    name: more.name ?? 'scripted',
    replayable: more.replayable ?? true,
    ...(more.watermarks === undefined ? {} : { watermarks: more.watermarks }),
    reads: 0,
    opened: 0,
    closed: 0,
    splits: () => more.splits ?? ['0'],
    open() {
      self.opened++;
      let at = 0;
      const next = (): Batch<T> | 'idle' | 'end' | Promise<Batch<T> | 'idle' | 'end'> => {
        const answer = answers[at];
        if (answer === undefined) return 'end';
        if (answer === 'never') return new Promise(() => {});
        at++;
        if (answer === 'later') return Promise.resolve().then(next);
        if (answer === 'idle') return 'idle';
        if (answer instanceof Error) throw answer;
        return { values: [], position: at, ...(Array.isArray(answer) ? { values: answer as readonly T[] } : (answer as Partial<Batch<T>>)) };
      };
      return {
        read() {
          self.reads++;
          return next();
        },
        close: () => void self.closed++,
      };
    },
  };
  return self;
}

/** The same values cut into reads of these sizes, some of them promises. */
export const inReads = <T>(values: readonly T[], sizes: readonly number[]): readonly Answer<T>[] => {
  const answers: Answer<T>[] = [];
  for (let at = 0, i = 0; at < values.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    if (size === 0) answers.push('later', []);
    const some = values.slice(at, at + Math.max(1, size));
    answers.push(some);
    at += some.length;
  }
  return answers;
};

/** What a port sees. */
export type Seen<T> = { readonly value: T; readonly time: Time } | { readonly watermark: Time } | 'idle' | 'end';

/** Writes down what comes through. */
export function probe<T>(stream: Stream<T>, log: Seen<T>[]): Stream<T> {
  const step = transform<T, T>(stream.node.input, 'probe', undefined, below => ({
    data(value, time) {
      log.push({ value, time });
      below.data(value, time);
    },
    watermark(time) {
      log.push({ watermark: time });
      return below.watermark(time);
    },
    idle() {
      log.push('idle');
      below.idle();
    },
    end() {
      log.push('end');
      below.end();
    },
  }));
  return grown(stream.node, step);
}

/** A sink that writes down values and times batch by batch, and how it was closed. */
export interface Recorder<T> extends Sink<T> {
  readonly values: T[];
  readonly times: Time[];
  readonly calls: string[];
}
export function recorder<T>(behave: { readonly write?: (values: readonly T[]) => unknown; readonly flush?: () => unknown; readonly close?: () => unknown; readonly prepare?: () => unknown; readonly commit?: () => unknown; readonly open?: () => unknown } = {}): Recorder<T> {
  const self: Recorder<T> = {
    name: 'recorder',
    guarantee: behave.prepare === undefined ? 'append' : 'transactional',
    values: [],
    times: [],
    calls: [],
    open() {
      self.calls.push('open');
      behave.open?.();
      return {
        write(values, times) {
          self.values.push(...values);
          self.times.push(...times);
          return behave.write?.(values) as Promise<void>;
        },
        flush() {
          self.calls.push('flush');
          return behave.flush?.() as Promise<void>;
        },
        ...(behave.prepare === undefined ? {} : { prepare: async () => behave.prepare?.() as Promise<string> }),
        ...(behave.commit === undefined ? {} : { commit: async () => behave.commit?.() as Promise<void> }),
        close(outcome) {
          self.calls.push(`close ${outcome}`);
          return behave.close?.() as Promise<void>;
        },
      };
    },
  };
  return self;
}

/** No record comes after a watermark that is above it, unless `late` says that it was late already. */
export function neverOvertaken<T>(log: readonly Seen<T>[]): boolean {
  let watermark = Number.NEGATIVE_INFINITY;
  for (const seen of log) {
    if (typeof seen === 'string') continue;
    if ('watermark' in seen) {
      if (seen.watermark < watermark) return false;
      watermark = seen.watermark;
    } else if (seen.time < watermark) return false;
  }
  return true;
}

/** How one operator is tried. Records are whole numbers; `failOn` makes its callback throw there. */
export interface Habits<O> {
  build(stream: Stream<number>, failOn: (n: number) => boolean, options: StepOptions<number>): Stream<O>;
  /** The same with arrays. */
  oracle(values: readonly number[]): readonly O[];
  /** Results come in any order. */
  unordered?: boolean;
  /** It has no callback that could throw. */
  cannotFail?: boolean;
  timesKept?: boolean;
  /** It gives the stream a watermark of its own, so that of its input does not pass. */
  ownWatermark?: boolean;
}

const boom = (n: number): boolean => n === 13;
const never = (): boolean => false;
const sorted = <T>(values: readonly T[], unordered: boolean | undefined): readonly unknown[] => (unordered === true ? values.map(v => JSON.stringify(v)).sort() : values);

/** Everything a stateless or asynchronous operator owes. */
export function habits<O>({ build, oracle, unordered, cannotFail, timesKept = true, ownWatermark = false }: Habits<O>): void {
  const many = Array.from({ length: 3_000 }, (_, i) => (i * 7) % 1_000).filter(n => n !== 13);
  const like = (values: readonly O[], wanted: readonly O[]): void => expect(sorted(values, unordered)).toEqual(sorted(wanted, unordered));

  it('never: waits for ever, stops when told, closes its source', async () => {
    const clock = virtualClock();
    const source = scripted<number>([[1, 2], 'never']);
    const values: O[] = [];
    const job = await begin(build(Stream.from(source), never, {}).to(toArray(values)), clock);
    await clock.advance('1h');
    like(values, oracle([1, 2]));
    await clock.finish(job.stop());
    expect([source.opened, source.closed]).toEqual([1, 1]);
    like(values, oracle([1, 2]));
  });
  it('empty: ends', async () => expect(await valuesOf(build(Stream.from<number>([]), never, {}))).toEqual(oracle([])));
  it('one', async () => like(await valuesOf(build(Stream.from([5]), never, {})), oracle([5])));
  it('many', async () => like(await valuesOf(build(Stream.from(many), never, {})), oracle(many)));

  it('L-batch: sizes of reads, promises and yields are never seen', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 60 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 3 }), async (values, sizes, budget) => {
        const log: Seen<O>[] = [];
        const timed = Stream.from(scripted(inReads(values, sizes))).timestamps(n => n, { disorder: 12 });
        const result = await valuesOf(probe(build(timed, never, {}), log), hasty(), { budget });
        like(result, oracle(values));
        expect(neverOvertakenFrom(values, log)).toBe(true);
        expect(log.at(-1)).toBe('end');
        expect(log.at(-2)).toEqual({ watermark: Number.POSITIVE_INFINITY });
      }),
      { numRuns: 40 },
    ));

  it('source error: rejects with the source, closes everything', async () => {
    const clock = virtualClock();
    const source = scripted<number>([[1, 2], new Error('torn')]);
    const sink = recorder<O>();
    const job = await begin(build(Stream.from(source, { name: 'in' }), never, {}).to(sink), clock);
    const error = await stepErrorOf(clock.finish(job.done), 'in');
    expect((error.cause as Error).message).toBe('torn');
    expect(source.closed).toBe(1);
    expect(sink.calls.filter(c => c.startsWith('close'))).toEqual(['close failed']);
  });
  it('early stop: reads no further, and what was read has come out whole', async () => {
    const clock = virtualClock();
    const source = scripted<number>([[1, 2, 3], 'later', 'never']);
    const values: O[] = [];
    const job = await begin(build(Stream.from(source), never, {}).to(toArray(values)), clock);
    await clock.finish(job.stop());
    const { reads } = source;
    await clock.advance('10s');
    expect(source.reads).toBe(reads);
    expect(source.closed).toBe(1);
    like(values, oracle([1, 2, 3].slice(0, values.length === 0 ? 0 : 3)));
  });
  it('times are kept', async () => {
    if (!timesKept) return;
    const log: Seen<O>[] = [];
    await valuesOf(probe(build(Stream.from([30, 10, 20]).timestamps(n => n, { disorder: 100 }), never, {}), log));
    const records = log.filter((s): s is { value: O; time: Time } => typeof s === 'object' && 'value' in s);
    const allowed = new Map([10, 20, 30].flatMap(n => oracle([n]).map((o): [string, number] => [JSON.stringify(o), n])));
    for (const { value, time } of records) expect(time).toBe(allowed.get(JSON.stringify(value)));
    expect(records.length).toBe(oracle([30, 10, 20]).length);
  });
  it('watermarks and idleness pass', async () => {
    const log: Seen<O>[] = [];
    const clock = virtualClock();
    const source = scripted<number>([{ values: [10], times: [10], watermark: 10 }, { values: [20], times: [20], watermark: 15 }, { idle: true }, 'never'], { watermarks: true });
    const job = await begin(probe(build(Stream.from(source), never, {}), log).to(toArray<O>([])), clock);
    await clock.advance('1m');
    expect(log.filter(s => typeof s === 'object' && 'watermark' in s).at(-1)).toEqual({ watermark: ownWatermark ? 8 : 15 });
    expect(log).toContain('idle');
    expect(log).not.toContain('end');
    expect(neverOvertaken(log)).toBe(true);
    await clock.finish(job.stop());
  });

  if (cannotFail === true) return;
  it('throws, fail: the job fails with step, record and origin, and is released', async () => {
    const clock = virtualClock();
    const source = scripted<number>([[1, 13, 2], 'never']);
    const sink = recorder<O>();
    const job = await begin(build(Stream.from(source, { name: 'in' }), boom, { name: 'mine' }).to(sink), clock);
    const error = await stepErrorOf(clock.finish(job.done), 'mine');
    expect(error.input).toEqual(13);
    expect(error.origin).toEqual({ source: 'in', split: '0', position: 1 });
    expect((error.cause as Error).message).toContain('unlucky');
    expect(source.closed).toBe(1);
    expect(sink.calls.filter(c => c.startsWith('close'))).toEqual(['close failed']);
  });
  it('throws, skip: the others go on, the failure is counted', async () => {
    const values: O[] = [];
    const job = await runAll(build(Stream.from([1, 13, 2, 13]), boom, { name: 'mine', onError: 'skip' }).to(toArray(values)));
    like(values, oracle([1, 2]));
    expect(job.metrics().steps['mine']?.rejected).toBe(2);
    expect(job.metrics().steps['mine']?.in).toBe(4);
    expect(job.metrics().steps['mine']?.out).toBe(values.length);
  });
  it('throws, branch: the failed record goes to the dead letters with everything known of it', async () => {
    const values: O[] = [];
    const dead: Rejected<number>[] = [];
    await runAll(build(Stream.from([1, 13, 2], { name: 'in' }).timestamps(n => n, { disorder: 100 }), boom, { name: 'mine', onError: rejected => rejected.to(toArray(dead)) }).to(toArray(values)));
    like(values, oracle([1, 2]));
    expect(dead).toHaveLength(1);
    expect(dead[0]).toMatchObject({ input: 13, step: 'mine', time: 13, attempts: 1, origin: { source: 'in', split: '0', position: 1 } });
    expect(dead[0]?.cause).toMatchObject({ message: expect.stringContaining('unlucky') as unknown });
  });
}

/** Thrown by callbacks under test. */
export const unlucky = (n: number): never => {
  throw new Error(`${n} is unlucky`);
};

/** A clock on which each look takes time, so that a small budget is soon spent. */
export function hasty(step = 0.4): VirtualClock {
  const clock = virtualClock();
  let spent = 0;
  const { monotonic } = clock;
  return Object.assign(clock, { monotonic: () => monotonic() + (spent += step) });
}

/** With disorder the input itself may come behind the watermark; a step must not make more of it so. */
function neverOvertakenFrom<T>(values: readonly number[], log: readonly Seen<T>[]): boolean {
  const spread = values.length === 0 ? 0 : Math.max(...values) - Math.min(...values);
  return spread > 12 || neverOvertaken(log);
}
