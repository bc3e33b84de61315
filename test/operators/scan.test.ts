import { Stream } from 'millrace';
import { crashAfterEach } from 'millrace/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';

describe('scan', () => {
  it('hands on each state, which knows key and time', async () => {
    const stream = Stream.from([3, 4, 5]).timestamps(n => n).keyBy(n => n % 2).scan(key => `${key}:`, (text, n, { key, time }) => `${text}${n}/${key}@${time} `);
    expectTypeOf(stream).toEqualTypeOf<Stream<{ readonly key: number; readonly value: string }>>();
    expect((await stream.collect()).map(({ value }) => value)).toEqual(['1:3/1@3 ', '0:4/0@4 ', '1:3/1@3 5/1@5 ']);
  });
  it('keeps undefined as a state, and survives a crash after every input', async () => {
    const { values } = await crashAfterEach(
      t => t.collect(Stream.from(t.source<number>('n')).keyBy(() => 'k').scan<number | undefined>(() => undefined, (last, n) => (last === undefined ? n : undefined), { name: 's' })),
      t => [...[1, 2, 3].map(n => () => t.source<number>('n').push(n, n)), () => t.source<number>('n').end()],
    );
    expect(values.map(({ value }) => value)).toEqual([1, undefined, 3]);
  });
  it('a function that throws leaves the state', async () => {
    const sums = Stream.from([1, 2, 3]).keyBy(() => 1).scan(() => 0, (total, n) => { if (n === 2) throw new Error('no'); return total + n; }, { onError: 'skip' });
    expect((await sums.collect()).map(({ value }) => value)).toEqual([1, 4]);
  });
  it('needs functions', async () => {
    await expect(Stream.from([1]).keyBy(() => 1).scan(0 as never, undefined as never).collect()).rejects.toThrow(/initial state is number[^]*step function is undefined/);
  });
});
