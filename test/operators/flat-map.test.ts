import { describe, expect, it } from 'vitest';
import { Stream, toArray } from '../../src/index.js';
import { begin, errorOf, habits, runAll, stepErrorOf, unlucky, valuesOf } from './kit.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';

describe('flatMap', () => {
  habits({ build: (s, failOn, options) => s.flatMap(n => (failOn(n) ? unlucky(n) : [n, n].slice(n % 3)), options), oracle: values => values.flatMap(n => [n, n].slice(n % 3)) });

  it('an iterator that throws halfway keeps what it gave', async () => {
    const values: number[] = [];
    const dead: unknown[] = [];
    const out = Stream.from([1, 2]).flatMap(
      function* (n) {
        yield n;
        if (n === 1) unlucky(n);
        yield -n;
      },
      { onError: rejected => rejected.map(r => r.input).to(toArray(dead)) },
    );
    await runAll(out.to(toArray(values)));
    expect([values, dead]).toEqual([[1, 2, -2], [1]]);
  });
  it('a failure from below passes unchanged, and the iterator is returned from, even one that throws at it', async () => {
    const clock = virtualClock();
    let returned = 0;
    const iterable = (): Iterable<number> => ({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 13 }), return: () => (returned++, unlucky(99)) }) });
    const job = await begin(Stream.from([1]).flatMap(iterable, { name: 'wide' }).map(unlucky, { name: 'below' }).to(toArray<never>([])), clock);
    expect((await stepErrorOf(clock.finish(job.done), 'below')).input).toBe(13);
    expect(returned).toBe(1);
  });
  it('what is not iterable is a failure of its record', async () => {
    const values = Stream.from([1]).flatMap(() => undefined as unknown as number[], { name: 'wide' });
    expect(await errorOf(valuesOf(values))).toMatchObject({ step: 'wide', input: 1 });
  });
});
