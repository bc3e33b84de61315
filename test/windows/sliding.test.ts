/** Windows that hang on records against all pairs of records; late ones, floors, and what is forgotten. */
import fc from 'fast-check';
import { Stream, collect, count, sliding, type Late, type Window } from 'millrace';
import { crashAfterEach, testing, windowsSuite } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly key: string;
  readonly id: number;
  readonly time: number;
}
const arrivals = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), time: fc.integer({ min: -20, max: 40 }) }), { maxLength: 25 }).map(rows => rows.map((row, id): Row => ({ ...row, id })));

/** For records none of which is late: the windows there are, each with what it holds. */
function byHand(rows: readonly Row[], size: number, both: boolean, floor: number | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const { key, time } of rows) {
    const before: Window = { start: time - size, end: time + 1 };
    const ending = floor === undefined || before.start >= floor ? before : both ? { start: floor, end: floor + size + 1 } : { start: floor, end: time + 1 };
    for (const { start, end } of both ? [ending, { start: time + 1, end: time + size + 2 }] : [ending]) {
      const inside = rows.filter(row => row.key === key && row.time >= start && row.time < end).map(({ id }) => id);
      if (inside.length > 0) found.set(`${key} ${start} ${end}`, inside.toSorted((a, b) => a - b).join(' '));
    }
  }
  return found;
}

describe('sliding windows', () => {
  for (const { name, run } of windowsSuite(() => sliding(10))) it(name, run);

  it('are those of all pairs, in whatever order records come, and a table ends with them', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 0, max: 12 }), fc.boolean(), fc.constantFrom(undefined, undefined, -20), async (rows, size, both, floor) => {
        const windowed = Stream.from(rows).timestamps(row => row.time, { disorder: 200 }).keyBy(row => row.key).window(sliding(size, { windows: both ? 'both' : 'ending', floor }));
        const results = await windowed.aggregate(collect((row: Row) => row.id), { name: 'w' }).collect();
        const expected = byHand(rows, size, both, floor);
        const shown = new Map(results.map(({ key, window, value }) => [`${key} ${window.start} ${window.end}`, value.join(' ')]));
        // In each, the records stand in order of arrival.
        expect(results).toHaveLength(shown.size);
        expect(shown).toEqual(expected);
        expect(results.map(({ window }) => window.end)).toEqual(results.map(({ window }) => window.end).toSorted((a, b) => a - b));
        const changes = await windowed.table(collect((row: Row) => row.id), { name: 't' }).changes().collect();
        expect(new Map(changes.map(({ key, after }) => [key.join(' '), after?.join(' ')]))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
  it('survive a crash after every input', async () => {
    const { values } = await crashAfterEach(
      t => t.collect(Stream.from(t.source<number>('times')).keyBy(() => 'k').window(sliding(10, { windows: 'ending' }), { lateness: 5 }).aggregate(collect<number>(), { name: 'w' }).map(({ window, value }) => `${window.start}-${window.end} ${value.join(' ')}`)),
      t => {
        const times = t.source<number>('times');
        const push = (time: number) => () => times.push(time, time);
        return [push(0), push(8), push(5), () => times.watermark(9), push(4), push(20), () => times.end()];
      },
    );
    expect(values).toEqual(['-10-1 0', '-5-6 0 5', '-2-9 0 8 5', '-5-6 0 5 4', '-2-9 0 8 5 4', '-6-5 0 4', '10-21 20']);
  });
  it('a record is late when each window that could hold it is closed; it leaves no trace', async () => {
    const t = testing();
    const source = t.source<number>('times');
    const late: Late<number>[] = [];
    const out = t.collect(Stream.from(source).timestamps(time => time).keyBy(() => 'k').window(sliding(10, { windows: 'ending' }), { late: records => t.collect(records.tap(record => void late.push(record))).output }).table(collect<number>(), { name: 'w' }).changes());
    const job = await t.run(out);
    for (const time of [1, 20, 9, 10]) source.push(time, 0);
    await job.settle();
    expect(late.map(({ value }) => value)).toEqual([9]);
    expect(out.values.map(({ key, after }) => [key[1], after])).toEqual([[-9, [1]], [10, [20]], [10, [20, 10]]]);
    await job.stop();
  });
  it('keys whose windows are over are forgotten, and open windows can be read', async () => {
    const t = testing();
    const source = t.source<number>('times');
    const table = Stream.from(source).timestamps(time => time).keyBy(time => time % 7).window(sliding(3)).table(count(), { name: 'w' });
    const out = t.collect(table.changes());
    const job = await t.run(out);
    for (let time = 0; time < 200; time++) source.push(time, 0);
    await job.settle();
    expect(table.get([199 % 7, 196, 200])).toBe(1);
    source.end();
    await job.settle();
    expect(table.get([199 % 7, 196, 200])).toBeUndefined();
    await job.stop();
  });
  it.each([
    [sliding(-1), 'size is -1'],
    [sliding('soon' as '1s'), 'size is soon'],
    [sliding(1, { windows: 'all' as 'both' }), 'neither'],
    [sliding(1, { floor: Number.NaN }), 'no time'],
  ])('%# is refused', (windows, message) => expect(windows.problems).toEqual([expect.stringContaining(message)]));
});
