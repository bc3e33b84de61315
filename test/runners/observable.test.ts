import { Observable, Subject, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream } from '../../src/index.js';
import { errorOf, scripted } from '../operators/kit.js';

describe('a stream as an Observable', () => {
  it('gives every record and completes; each subscription is a run of its own', async () => {
    const source = scripted<number>([[1, 2], [3]]);
    const observable = Stream.from(source).toObservable();
    expect(source.opened).toBe(0);
    expect([await lastValueFrom(observable.pipe(toArray())), source.opened]).toEqual([[1, 2, 3], 1]);
    expect([await lastValueFrom(Stream.from([1, 2]).toObservable().pipe(toArray()))]).toEqual([[1, 2]]);
  });
  it('unsubscribing at once lets go of the input', async () => {
    let [begun, gone] = [0, 0];
    let left: () => void = () => {};
    const released = new Promise<void>(resolve => (left = resolve));
    const input = new Observable<number>(() => {
      begun++;
      return () => {
        gone++;
        left();
      };
    });
    const seen: number[] = [];
    Stream.from(input).toObservable().subscribe(n => seen.push(n)).unsubscribe();
    if (begun > 0) await released;
    expect([seen, begun - gone]).toEqual([[], 0]);
  });
  it('unsubscribing after some stops the job', async () => {
    const input = new Subject<number>();
    const some = lastValueFrom(Stream.from(input).toObservable().pipe(take(2), toArray()));
    for (let n = 0; !input.observed && n < 100; n++) await Promise.resolve();
    input.next(1);
    input.next(2);
    input.next(3);
    expect(await some).toEqual([1, 2]);
  });
  it('an error of the job, and of its plan, is the error of the Observable', async () => {
    const broken = Stream.from([1]).map((): number => {
      throw new Error('broken');
    }, { name: 'step' });
    expect(await errorOf(firstValueFrom(broken.toObservable()))).toMatchObject({ code: 'step-failed', step: 'step' });
    expect(await errorOf(firstValueFrom(Stream.from([1]).toObservable({ budget: 0 })))).toBeInstanceOf(ConfigurationError);
  });
});
