import { Observable, bufferCount, map, mergeMap, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConfigurationError, Stream, count, toArray, tumbling } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, runAll, scripted, stepErrorOf, unlucky, valuesOf } from './kit.js';

describe('pipe', () => {
  it('RxJS operators, typed, values in order; never, empty, one, many', async () => {
    const pairs = Stream.from([1, 2, 3, 4]).pipe(map(n => n * 2), bufferCount(2));
    expectTypeOf(pairs).toEqualTypeOf<Stream<number[]>>();
    expect(await valuesOf(pairs)).toEqual([[2, 4], [6, 8]]);
    expect(await valuesOf(Stream.from<number>([]).pipe(map(n => n)))).toEqual([]);
    expect(await valuesOf(Stream.from([7]).pipe(map(n => n)))).toEqual([7]);
    const many = Array.from({ length: 5_000 }, (_, i) => i);
    expect(await valuesOf(Stream.from(many).pipe(map(n => n)))).toEqual(many);
    const clock = virtualClock();
    const job = await begin(Stream.from(scripted<number>(['never'])).pipe(map(n => n)).to(toArray<number>([])), clock);
    await clock.finish(job.stop());
  });
  it('an error inside fails the job by its step, also one thrown while the chain is built', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from([1]).pipe(map(unlucky)).to(toArray<never>([])), clock);
    await stepErrorOf(clock.finish(job.done), 'pipe');
    const broken = Stream.from([1]).pipe((): Observable<number> => unlucky(1));
    await stepErrorOf(runAll(broken.to(toArray<number>([]))), 'pipe');
  });
  it('unsubscribes when the job stops', async () => {
    const clock = virtualClock();
    let gone = 0;
    const job = await begin(Stream.from(scripted<number>([[1], 'never'])).pipe(mergeMap(() => new Observable<number>(() => () => void gone++))).to(toArray<number>([])), clock);
    await clock.settle();
    await clock.finish(job.stop());
    expect(gone).toBe(1);
  });
  it('a chain that ends early ends the stream', async () => expect(await valuesOf(Stream.from([1, 2, 3]).pipe(take(2)))).toEqual([1, 2]));
  it('says that it is opaque, and event time below it is refused until the next timestamps', async () => {
    const piped = Stream.from([1, 2]).timestamps(n => n).pipe(map(n => n));
    expect(piped.describe()).toContain('opaque');
    expect(await errorOf(valuesOf(piped.window(tumbling(10)).aggregate(count())))).toBeInstanceOf(ConfigurationError);
    expect((await valuesOf(piped.timestamps(n => n).window(tumbling(10)).aggregate(count()))).map(r => r.value)).toEqual([2]);
  });
});
