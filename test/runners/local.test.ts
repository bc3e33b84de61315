import { Observable, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError, OverflowError, Stream, run, toArray, tumbling, count } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, recorder, runAll, scripted, stepErrorOf, unlucky, valuesOf } from '../operators/kit.js';

const escaped: unknown[] = [];
const heard = (error: unknown): void => void escaped.push(error);
beforeEach(() => void process.on('uncaughtException', heard).on('unhandledRejection', heard));
afterEach(async () => {
  await virtualClock().settle();
  process.off('uncaughtException', heard).off('unhandledRejection', heard);
  expect(escaped.splice(0)).toEqual([]);
});

describe('a local job', () => {
  it('stop keeps windows open, drain flushes them, a signal is a stop', async () => {
    const results = async (how: 'stop' | 'drain' | 'signal'): Promise<number> => {
      const clock = virtualClock();
      const values: unknown[] = [];
      const control = new AbortController();
      const job = await begin(Stream.from(scripted<number>([[1, 2], 'never'])).timestamps(n => n).window(tumbling(10)).aggregate(count()).to(toArray<unknown>(values)), clock, { signal: control.signal });
      await clock.settle();
      if (how === 'signal') control.abort();
      await clock.finish(how === 'signal' ? job.done : job.stop({ drain: how === 'drain' }));
      return values.length;
    };
    expect([await results('stop'), await results('drain'), await results('signal')]).toEqual([0, 1, 0]);
  });
  it('a signal aborted before the start stops the job', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from(scripted<number>(['never'])).to(toArray<number>([])), clock, { signal: AbortSignal.abort() });
    await clock.finish(job.done);
  });
  it('a never-ending Observable is stopped and unsubscribed from', async () => {
    const clock = virtualClock();
    let gone = 0;
    const job = await begin(Stream.from(new Observable<number>(s => (s.next(1), () => void gone++))).to(toArray<number>([])), clock);
    await clock.advance('1d');
    await clock.finish(job.stop());
    expect(gone).toBe(1);
  });
  it('errors of Observables, iterators and generators name their source; what came before goes down first', async () => {
    const broken = {
      observable: new Observable<number>(s => (s.next(1), s.error(new Error('gone')))),
      subscribe: new Observable<number>(() => unlucky(1)),
      iterator: (function* () { yield 1; unlucky(1); })() as Iterable<number> & object,
      async: (async function* () { yield 1; unlucky(1); })(),
    };
    for (const [name, input] of Object.entries(broken)) {
      const values: number[] = [];
      await stepErrorOf(runAll(Stream.from<number>(input as never, { name }).to(toArray(values))), name);
      expect(values).toEqual(name === 'subscribe' ? [] : [1]);
    }
    await stepErrorOf(runAll(Stream.generate(i => (i === 3 ? unlucky(i) : i), { name: 'made', count: 5 }).to(toArray<number>([]))), 'made');
  });
  it('a return that throws fails a stop by its source', async () => {
    const clock = virtualClock();
    const iterable = { [Symbol.asyncIterator]: () => ({ next: () => clock.sleep(1_000).then(() => ({ done: false as const, value: 1 })), return: async () => unlucky(1) }) };
    const job = await begin(Stream.from<number>(iterable, { name: 'in' }).to(toArray<number>([])), clock);
    await clock.finish(job.stop()).catch(() => {});
  });
  it.each(['fail', 'dropOldest', 'dropNewest'] as const)('a full buffer of a pushing input: %s', async whenFull => {
    const clock = virtualClock();
    const subject = new Subject<number>();
    let release = (): void => {};
    const sink = recorder<number>({ write: () => new Promise<void>(resolve => (release = resolve)) });
    const job = await begin(Stream.from(subject, { name: 'live', buffer: 10, whenFull }).mapAsync(n => new Promise<number>(resolve => void clock.sleep(100).then(() => resolve(n))), { concurrency: 1 }).to(sink), clock);
    for (let n = 0; n < 50; n++) subject.next(n);
    if (whenFull === 'fail') {
      expect((await stepErrorOf(clock.finish(job.done), 'live')).cause).toBeInstanceOf(OverflowError);
      expect(subject.observed).toBe(false);
      return;
    }
    await clock.advance('1h');
    release();
    await clock.advance('1h');
    expect(job.metrics().steps['live']?.counters.dropped).toBeGreaterThan(30);
    expect(sink.values.includes(49)).toBe(whenFull === 'dropOldest');
  });
  it('feedback through a Subject enters in a turn of its own', async () => {
    const clock = virtualClock();
    const subject = new Subject<number>();
    const values: number[] = [];
    const job = await begin(Stream.from(subject).tap(n => void (n < 5 && subject.next(n + 1))).to(toArray(values)), clock);
    subject.next(0);
    await clock.settle();
    expect(values).toEqual([0, 1, 2, 3, 4, 5]);
    await clock.finish(job.stop());
  });
  it('what outputs share is read once', async () => {
    const source = scripted<number>([[1, 2]]);
    const stream = Stream.from(source).map(n => n * 2);
    const [a, b]: [number[], number[]] = [[], []];
    await runAll([stream.to(toArray(a)), stream.map(n => -n).to(toArray(b))]);
    expect([a, b, source.opened]).toEqual([[2, 4], [-2, -4], 1]);
  });
  it('several dead-letter branches, each with its own records', async () => {
    const dead: [number[], number[]] = [[], []];
    const values: number[] = [];
    await runAll(
      Stream.from([1, 2, 3])
        .map(n => (n === 1 ? unlucky(n) : n), { onError: r => r.map(x => x.input).to(toArray(dead[0])) })
        .map(n => (n === 2 ? unlucky(n) : n), { onError: r => r.map(x => x.input).to(toArray(dead[1])) })
        .to(toArray(values)),
    );
    expect([values, ...dead]).toEqual([[3], [1], [2]]);
  });
  it('all configuration errors come at once, with where, what and fix, before anything is opened', async () => {
    const source = scripted<number>([[1]]);
    const out = Stream.from(source).map(undefined as never, { name: 'twice' }).mapAsync(async n => n, { name: 'twice', concurrency: 0 }).rateLimit({ records: -1, per: '-5m' }).window(tumbling(0)).aggregate(count(), {});
    const error = await errorOf(run(out.to(toArray<unknown>([])), { budget: -1, name: 'no good' }));
    expect(error).toBeInstanceOf(ConfigurationError);
    const { problems } = error as ConfigurationError;
    expect(problems.length).toBeGreaterThanOrEqual(8);
    for (const problem of problems) for (const part of [problem.code, problem.where, problem.what]) expect(part).not.toBe('');
    expect(source.opened).toBe(0);
  });
  it('L-clean: nothing is left behind', async () => {
    const before = process.getActiveResourcesInfo().filter(r => r !== 'Immediate').sort();
    await valuesOf(Stream.from([1, 2]).mapAsync(async n => n, { concurrency: 2, timeout: '1h' }).mapBatch(async n => n, { size: 5, within: '1h' }));
    const job = await run(Stream.from([1, 2, 3]).mapAsync(async n => n, { concurrency: 2, timeout: '1h' }).to(toArray<number>([])), { checkpoint: '1h' });
    await job.done;
    expect(process.getActiveResourcesInfo().filter(r => r !== 'Immediate').sort()).toEqual(before);
  });
  it('L-loop: no turn is longer than the budget by more than one look at the clock', async () => {
    const clock = virtualClock();
    let spent = 0;
    const { monotonic } = clock;
    Object.assign(clock, { monotonic: () => monotonic() + (spent += 0.1) });
    const input = Array.from({ length: 50_000 }, (_, i) => ({ key: i % 5_000, at: i }));
    const job = await runAll(Stream.from(input).timestamps(r => r.at).keyBy(r => r.key).window(tumbling(100_000)).aggregate(count()).to(toArray<unknown>([])), clock);
    expect(job.metrics().longestTurn).toBeLessThan(11);
  });
});
