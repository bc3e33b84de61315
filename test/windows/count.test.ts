/** Windows of so many records against slices of arrays. */
import fc from 'fast-check';
import { Stream, collect, countWindow, sum, trigger } from 'millrace';
import { crashAfterEach, windowsSuite } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

/** Every `every` records the last `n`, or with gaps the first `n` of every `every`; then what is in none yet. */
function slices(records: readonly number[], n: number, every: number, partial: 'emit' | 'drop'): number[][] {
  const found: number[][] = [];
  let given = 0;
  for (let at = 1; at <= records.length; at++) {
    const fires = every >= n ? at % every === n % every && at % every === (n === every ? 0 : n) : at % every === 0;
    if (!fires) continue;
    found.push(records.slice(Math.max(0, at - n), at));
    given = at;
  }
  const rest = records.length - given;
  if (partial === 'emit' && rest > 0) {
    if (every > n) {
      const begun = records.length % every;
      if (begun > 0 && begun < n) found.push(records.slice(records.length - begun));
    } else if (every === n) found.push(records.slice(given));
    else found.push(records.slice(-Math.min(records.length, lastLength(records.length, n, every))));
  }
  return found;
}
/** The window at the end reaches back by whole steps. */
const lastLength = (length: number, n: number, every: number): number => {
  const step = gcd(n, every);
  const part = length % step;
  return part === 0 ? n : n - step + part;
};
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

describe('windows of so many records', () => {
  for (const { name, run } of windowsSuite(() => countWindow(3))) it(name, run);

  it('are slices of the records of a key, whatever n and every are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom('emit' as const, 'drop' as const), fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }), async (n, every, partial, keys) => {
        const rows = keys.map((key, id) => ({ key, id }));
        const results = await Stream.from(rows).timestamps(row => row.id).keyBy(row => row.key).window(countWindow(n, { every, partial })).aggregate(collect((row: { id: number }) => row.id), { name: 'w' }).collect();
        for (const key of ['a', 'b']) expect(results.filter(result => result.key === key).map(({ value }) => value)).toEqual(slices(rows.filter(row => row.key === key).map(({ id }) => id), n, every, partial));
        for (const { window, value } of results) expect(window).toEqual({ start: Math.min(...value), end: Math.max(...value) + 1 });
      }),
      { numRuns: 200 },
    );
  });
  it('survive a crash after every input', async () => {
    const { values } = await crashAfterEach(
      t => t.collect(Stream.from(t.source<number>('n')).keyBy(n => n % 2).window(countWindow(3, { every: 2 })).aggregate(sum(n => n), { name: 'w' }).map(({ key, value }) => [key, value])),
      t => [...[1, 2, 3, 4, 5, 7, 6].map(n => () => t.source<number>('n').push(n, n)), () => t.source<number>('n').end()],
    );
    expect(values).toEqual([[1, 4], [0, 6], [1, 15], [0, 12]]);
  });
  it('as a table have a row for each', async () => {
    const changes = await Stream.from([1, 2, 3]).window(countWindow(2)).table(sum(n => n), { name: 'w' }).changes().collect();
    expect(changes.map(({ before, after }) => [before, after])).toEqual([[undefined, 3], [undefined, 3]]);
  });
  it('a record that fails is left out, a result that fails too', async () => {
    const picky = { ...collect<number>(), add: (all: number[], n: number) => { if (n === 2) throw new Error('no'); return [...all, n]; } };
    expect((await Stream.from([1, 2, 3]).window(countWindow(2)).aggregate(picky, { onError: 'skip' }).collect()).map(({ value }) => value)).toEqual([[1, 3]]);
    const silent = { ...collect<number>(), result: (): never => { throw new Error('no'); } };
    expect(await Stream.from([1, 2]).window(countWindow(2)).aggregate(silent, { onError: 'skip' }).collect()).toEqual([]);
  });
  it.each([
    [countWindow(0), 'number of records'],
    [countWindow(2, { every: 0.5 }), 'every is 0.5'],
    [countWindow(2, { partial: 'keep' as 'emit' }), 'neither'],
  ])('%# is refused', (windows, message) => expect(windows.problems).toEqual([expect.stringContaining(message)]));
  it('take no trigger, and have no parts where they overlap', async () => {
    await expect(Stream.from([1]).window(countWindow(2)).aggregate(collect<number>(), { trigger: trigger.count(1) }).collect()).rejects.toThrow('leave the trigger out');
    await expect(Stream.from([1]).window(countWindow(2, { every: 1 })).deltas(collect<number>(), {}).collect()).rejects.toThrow('overlap');
  });
});
