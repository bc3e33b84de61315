import { Stream, collect, customWindows } from 'millrace';
import { windowsSuite } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

const decades = customWindows<number>({ name: 'decades', assign: (time, value) => (value < 0 ? [] : [{ start: Math.floor(time / 10) * 10, end: Math.floor(time / 10) * 10 + 10 }, { start: 0, end: 100 }]) });

describe('windows of one\'s own', () => {
  for (const { name, run } of windowsSuite(() => decades)) it(name, run);

  it('are those the function gives; a record without any lies outside', async () => {
    const results = await Stream.from([5, -1, 12, 99]).timestamps(n => Math.abs(n)).window(decades).aggregate(collect<number>()).collect();
    expect(results.map(({ window, value }) => [window.start, window.end, value])).toEqual([[0, 10, [5]], [10, 20, [12]], [0, 100, [5, 12, 99]], [90, 100, [99]]]);
  });
  it('a function that throws fails its record', async () => {
    const broken = customWindows<number>({ name: 'broken', assign: (_, value) => { if (value === 2) throw new Error('no'); return [{ start: 0, end: 10 }]; } });
    const results = await Stream.from([1, 2, 3]).timestamps(n => n).window(broken).aggregate(collect<number>(), { onError: 'skip' }).collect();
    expect(results.map(({ value }) => value)).toEqual([[1, 3]]);
  });
  it('need a function', () => expect(customWindows({ name: 'x', assign: 5 as never }).problems).toHaveLength(1));
});
