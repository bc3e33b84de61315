import { describe, expect, expectTypeOf, it } from 'vitest';
import { Stream, run, toArray } from '../../src/index.js';
import { habits, probe, runAll, unlucky, type Seen } from './kit.js';

describe('split, main', () => {
  habits({ build: (s, failOn, options) => s.split(n => (failOn(n) ? unlucky(n) : n % 2 === 0), options)[0], oracle: values => values.filter(n => n % 2 === 0) });
});
describe('split, others', () => {
  it('both outputs are whole, in order, asked once, with the same watermarks', async () => {
    let asked = 0;
    const [evens, odds] = Stream.from([1, 2, 3, 4]).timestamps(n => n).split(n => (asked++, n % 2 === 0));
    const logs: [Seen<number>[], Seen<number>[]] = [[], []];
    await runAll([probe(evens, logs[0]).to(toArray<number>([])), probe(odds, logs[1]).to(toArray<number>([]))]);
    expect(asked).toBe(4);
    const times = (log: Seen<number>[]) => log.filter(s => typeof s === 'object' && 'watermark' in s);
    expect(logs[0].filter(s => typeof s === 'object' && 'value' in s)).toEqual([{ value: 2, time: 2 }, { value: 4, time: 4 }]);
    expect(logs[1].filter(s => typeof s === 'object' && 'value' in s)).toEqual([{ value: 1, time: 1 }, { value: 3, time: 3 }]);
    expect(times(logs[0])).toEqual(times(logs[1]));
    expect(logs.map(l => l.at(-1))).toEqual(['end', 'end']);
  });
  it('a side nobody reads is no error', async () => {
    const values: number[] = [];
    await (await run(Stream.from([1, 2]).split(n => n > 1)[0].to(toArray(values)))).done;
    expect(values).toEqual([2]);
  });
  it('a type guard types both', () => {
    const [texts, numbers] = Stream.from<string | number>([1]).split((v): v is string => typeof v === 'string');
    expectTypeOf(texts).toEqualTypeOf<Stream<string>>();
    expectTypeOf(numbers).toEqualTypeOf<Stream<number>>();
  });
});
