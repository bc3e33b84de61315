import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, count, run, toArray, tumbling, type, type Output, type Sink } from '../../src/index.js';

/** What the compiler would refuse. */
const anything = (value: unknown): never => value as never;
const problemsOf = async (job: () => unknown): Promise<string> => {
  try {
    await job();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  throw new Error('nothing was refused');
};
const ends = (stream: Stream<unknown>) => () => stream.to(toArray<unknown>([])).run();

describe('what only untyped code can do is refused, with what and where', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a policy of a buffer', ends(Stream.from([1], { whenFull: anything('wait') })), /`whenFull` is "wait"/],
    ['a buffer of none', ends(Stream.from([1], { buffer: 0 })), /`buffer` is 0/],
    ['an interval of nothing', ends(Stream.interval(anything('5 sec'))), /`every` is "5 sec"/],
    ['an interval left out', ends(Stream.interval(anything(undefined))), /`every` is missing/],
    ['a count of a half', ends(Stream.generate(n => n, { count: 1.5 })), /`count` is 1.5/],
    ['an order of calls', ends(Stream.from([1]).mapAsync(async n => n, { concurrency: 1, order: anything('any') })), /`order` is "any"/],
    ['a number as retry', ends(Stream.from([1]).mapAsync(async n => n, { concurrency: 1, retry: anything(3) })), /`retry` is 3/],
    ['a branch that returns nothing', () => Stream.from([1]).map(n => n, { onError: anything(() => undefined) }), /did not return an output/],
    ['a late branch that returns nothing', () => Stream.from([1]).window(tumbling(1), { late: anything(() => undefined) }).aggregate(count()), /did not return an output/],
    ['nothing to run', () => run(anything(undefined)), /passed as an output is undefined/],
    ['a number to run', () => run([anything(5)]), /passed as an output is number/],
  ])('%s', async (_, job, message) => expect(await problemsOf(job)).toMatch(message));
});

describe('times that are none', () => {
  it('cannot be emitted', async () => {
    const emitted = Stream.from([1])
      .timestamps(n => n)
      .keyBy(() => 'k')
      .process<number, number>({ name: 'p', emits: type<number>(), init: () => 0, onData: (_, value, context) => context.emit(value, Number.NaN) });
    await expect(emitted.collect()).rejects.toMatchObject({ step: 'p', cause: { code: 'timestamp' } });
  });
  it('are refused from a source, by its policy', async () => {
    const source = { name: 's', replayable: true, splits: () => ['0'], open: () => ({ read: () => (read++ === 0 ? { values: ['a', 'b', 'c'], times: [1, Number.NaN, 3], position: 3 } : ('end' as const)), close: () => {} }) };
    let read = 0;
    expect(await Stream.from<string>(source, { onError: 'skip' }).collect()).toEqual(['a', 'c']);
    read = 0;
    await expect(Stream.from<string>(source).collect()).rejects.toMatchObject({ step: 'from', input: 'b', cause: { code: 'timestamp' } });
  });
});

it('a sink that names a record it was not given fails the job', async () => {
  const sink: Sink<number> = { name: 'odd', guarantee: 'append', open: () => ({ write: () => [{ index: 7, cause: 'no' }], flush: () => {}, close: () => {} }) };
  const output: Output = Stream.from([1]).to(sink, { onError: 'skip' });
  await expect((await output.run()).done).rejects.toMatchObject({ step: 'odd', cause: { code: 'sink-index' } });
});
