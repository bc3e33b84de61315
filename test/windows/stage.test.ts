/** Every kind of windows works with every emission: the same records, seen in three ways. */
import { Stream, customWindows, global, session, sum, tumbling, type Windows } from 'millrace';
import { describe, expect, it } from 'vitest';

const ascending = (a: number, b: number): number => a - b;

const kinds: readonly (readonly [name: string, windows: Windows, last: number])[] = [
  ['tumbling', tumbling(10), 5],
  ['session', session(4), 5],
  ['global', global(), 12],
  ['custom', customWindows({ name: 'odd', assign: time => [{ start: time - 1, end: time + 1 }] }), 5],
];

describe.each(kinds)('%s windows', (_, windows, last) => {
  const windowed = () => Stream.from([{ at: 1, n: 3 }, { at: 2, n: 4 }, { at: 15, n: 5 }]).timestamps(row => row.at).keyBy(() => 'k').window(windows);
  const total = sum((row: { n: number }) => row.n);
  it('give panes, deltas and a table', async () => {
    const panes = await windowed().aggregate(total, { name: 'a' }).collect();
    const deltas = await windowed().deltas(total, { name: 'd' }).collect();
    const changes = await windowed().table(total, { name: 't' }).changes().collect();
    expect(panes.at(-1)?.value).toBe(last);
    expect(deltas.reduce((all, { value }) => all + value, 0)).toBe(12);
    expect(changes.at(-1)?.after).toBe(last);
    const rows = new Map(changes.map(({ key, after }) => [key.join(' '), after]));
    expect([...rows.values()].filter(value => value !== undefined).toSorted(ascending)).toEqual(panes.map(({ value }) => value).toSorted(ascending));
  });
  it('process, distinct and top', async () => {
    const sizes = await windowed().process(({ key, values }) => values.map(({ n }) => `${key}${n}`), { name: 'p' }).collect();
    expect(sizes.toSorted()).toEqual(['k3', 'k4', 'k5']);
    expect((await windowed().distinct(row => row.n, { name: 'd' }).collect()).flatMap(({ value }) => value).toSorted(ascending)).toEqual([3, 4, 5]);
    expect((await windowed().top(1, row => row.n, { name: 't' }).collect()).at(-1)?.value).toEqual([{ at: 15, n: 5 }]);
  });
  it('stamps of the earliest or latest record', async () => {
    for (const stamp of ['earliest', 'latest'] as const) {
      const times: number[] = [];
      await windowed().aggregate(total, { name: 'a', stamp }).tap((_value, time) => void times.push(time)).collect();
      expect(times.at(-1)).toBe(last === 12 && stamp === 'earliest' ? 1 : 15);
    }
  });
});
