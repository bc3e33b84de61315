import { describe, expect, it } from 'vitest';
import { DataError, Stream, toArray, type Rejected } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, habits, runAll, scripted, stepErrorOf, unlucky, valuesOf } from './kit.js';

describe('mapBatch of one', () => {
  habits({ build: (s, failOn, options) => s.mapBatch(async ns => ns.map(n => (failOn(n) ? unlucky(n) : n * 2)), { ...options, size: 1, within: 50 }), oracle: values => values.map(n => n * 2) });
});
describe('mapBatch of seven', () => {
  habits({ build: (s, _, options) => s.mapBatch(async ns => ns.map(n => n * 2), { ...options, size: 7, within: 50, concurrency: 2 }), oracle: values => values.map(n => n * 2), cannotFail: true });
});
describe('mapBatch', () => {
  it('calls when so many are there, and when the first has waited long enough', async () => {
    const clock = virtualClock();
    const calls: [number, readonly number[]][] = [];
    const job = await begin(Stream.from(scripted<number>([[1, 2, 3, 4, 5], 'never'])).mapBatch(async ns => (calls.push([clock.now(), ns]), ns), { size: 2, within: '30ms' }).to(toArray<number>([])), clock);
    await clock.advance(29);
    expect(calls).toEqual([[0, [1, 2]], [0, [3, 4]]]);
    await clock.advance(1);
    expect(calls.at(-1)).toEqual([30, [5]]);
    await clock.finish(job.stop());
  });
  it('a checkpoint does not wait for company', async () => {
    const clock = virtualClock();
    const values: number[] = [];
    const job = await begin(Stream.from(scripted<number>([[1], 'never'])).mapBatch(async ns => ns, { size: 10, within: '1h' }).to(toArray(values)), clock);
    await clock.settle();
    await clock.finish(job.checkpoint());
    expect([values, clock.now()]).toEqual([[1], 0]);
    await clock.finish(job.stop());
  });
  it('a batch that fails sends each of its records to the dead letters', async () => {
    const dead: Rejected<number>[] = [];
    await runAll(Stream.from([1, 2, 3]).timestamps(n => n).mapBatch(async () => unlucky(0), { size: 2, within: 10, onError: r => r.to(toArray(dead)) }).to(toArray<unknown>([])));
    expect(dead.map(r => [r.input, r.time, r.origin?.position])).toEqual([[1, 1, 0], [2, 2, 1], [3, 3, 2]]);
  });
  it.each([[[1]], [undefined]])('an answer of another length (%o) is an error with what to do', async answer => {
    const clock = virtualClock();
    const job = await begin(Stream.from([1, 2]).mapBatch(async () => answer as number[], { size: 2, within: 10, name: 'mine' }).to(toArray<number>([])), clock);
    const error = await stepErrorOf(clock.finish(job.done), 'mine');
    expect(error.cause).toBeInstanceOf(DataError);
  });
  it('works on a stream that ends between batches', async () => expect(await valuesOf(Stream.from([1, 2, 3]).mapBatch(async ns => ns, { size: 2, within: '1h' }))).toEqual([1, 2, 3]));
});
