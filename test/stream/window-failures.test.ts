/** What fails under `skip` leaves the rest of its windows as it was. */
import { describe, expect, it } from 'vitest';
import { Stream, collect, count, countWindow, session, sliding, trigger, tumbling, type, type Aggregate } from '../../src/index.js';

const picky: Aggregate<number, number[], number[]> = {
  name: 'picky', zero: () => [], merge: (a, b) => [...a, ...b], result: all => all,
  add(all, n) {
    if (n < 0) throw new Error('no');
    return [...all, n];
  },
};
const at = (n: number): number => Math.abs(n);

describe('a failure that is skipped', () => {
  it('does not spoil the sliding windows to come', async () => {
    const results = await Stream.from([1, -2, 3]).timestamps(at).window(sliding(10)).aggregate(picky, { onError: 'skip' }).collect();
    expect(results.map(({ window, value }) => [window.start, value])).toEqual([[-9, [1]], [-7, [1, 3]], [2, [3]]]);
  });
  it('does not take the row of a session from its table', async () => {
    const changes = await Stream.from([1, -5]).timestamps(at).keyBy(() => 'a').window(session(10)).table(picky, { name: 's', onError: 'skip' }).changes().collect();
    expect(changes.map(({ key, after }) => [key, after])).toEqual([[['a', 1, 11], [1]], [['a', 1, 11], undefined], [['a', 1, 15], [1]]]);
  });
  it('of the result of a cut session is left out', async () => {
    const silent = { ...collect<number>(), result: (): never => { throw new Error('no'); } };
    expect(await Stream.from([1]).timestamps(at).window(session(5, { max: 5 })).aggregate(silent, { onError: 'skip' }).collect()).toEqual([]);
  });
  it('of a trigger is that of its window, which still closes', async () => {
    const when = trigger.when((n: number) => { if (n < 0) throw new Error('no'); return false; });
    const results = await Stream.from([1, -2]).timestamps(at).window(tumbling(10)).aggregate(count(), { onError: 'skip', trigger: when }).collect();
    expect(results.map(({ value }) => value)).toEqual([2]);
  });
  it('of a process undoes a row that was changed in place before it was set', async () => {
    const totals = Stream.from([1, -2, 3]).keyBy(() => 'a').process({
      name: 'p', emits: type<number>(), atomic: true, onError: 'skip', init: () => ({}),
      onData(_state, n, context) {
        const rows = context.rows<{ n: number }>('r');
        const row = rows.get('x') ?? { n: 0 };
        row.n += at(n);
        rows.set('x', row);
        if (n < 0) throw new Error('no');
        context.emit(row.n);
      },
    });
    expect(await totals.collect()).toEqual([1, 4]);
  });
});

it('a window of very many records has a result', async () => {
  const results = await Stream.from(Array.from({ length: 150_000 }, (_, i) => i)).window(countWindow(150_000, { every: 149_999 })).aggregate(count()).collect();
  expect(results.at(-1)?.value).toBe(150_000);
});
