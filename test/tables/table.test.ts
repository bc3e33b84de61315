import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, type Change } from 'millrace';
import { crashAfterEach, expectRecords, testing } from 'millrace/testing';

interface Upsert {
  key: string;
  value: number | null;
}
const options = { name: 'rows', key: (u: Upsert) => u.key, deleted: (u: Upsert) => u.value === null };
const change = (key: string, before: number | undefined, after: number | undefined): Change<string, Upsert> => ({ key, before: before === undefined ? undefined : { key, value: before }, after: after === undefined ? undefined : { key, value: after } });

describe('table', () => {
  it('each change with what it replaces; none for what is not there', async () => {
    const t = testing();
    const source = t.source<Upsert>('in');
    const table = Stream.from(source).table(options);
    const changes = t.collect(table.changes());
    const job = await t.run(changes);
    expect(table.get('a')).toBe(undefined);
    source.push({ key: 'a', value: 1 }, 10);
    source.push({ key: 'b', value: null }, 11);
    source.push({ key: 'a', value: 2 }, 12);
    source.push({ key: 'a', value: 9 }, 11); // older than its row
    expect(table.get('a')).toEqual({ key: 'a', value: 2 });
    source.push({ key: 'a', value: null }, 13);
    source.push({ key: 'a', value: 9 }, 12); // older than the deletion
    source.push({ key: 'b', value: 9 }, 10);
    expect(table.get('a')).toBe(undefined);
    expectRecords(changes, [[change('a', undefined, 1), 10], [change('a', 1, 2), 12], [change('a', 2, undefined), 13]]);
    expect(job.metrics().steps['rows']?.counters.dropped).toBe(3);
  });

  it('applies in order of arrival if told to', async () => {
    const t = testing();
    const source = t.source<Upsert>('in');
    const table = Stream.from(source).table({ ...options, outOfOrder: 'apply' });
    const changes = t.collect(table.changes());
    await t.run(changes);
    source.push({ key: 'a', value: 1 }, 10);
    source.push({ key: 'a', value: 2 }, 5);
    source.push({ key: 'a', value: null }, 3);
    expectRecords(changes, [[change('a', undefined, 1), 10], [change('a', 1, 2), 5], [change('a', 2, undefined), 3]]);
  });

  it('remembers a deletion until the watermark has passed it', async () => {
    const t = testing();
    const source = t.source<Upsert>('in');
    const changes = t.collect(Stream.from(source).table(options).changes());
    await t.run(changes);
    source.push({ key: 'a', value: null }, 10);
    source.watermark(10);
    source.push({ key: 'a', value: 1 }, 9);
    expectRecords(changes, []);
    source.watermark(11);
    source.push({ key: 'a', value: 1 }, 9);
    expectRecords(changes, [[change('a', undefined, 1), 9]]);
  });

  it('ends with the latest row of each key, whatever the order of arrival', async () => {
    const upsert = fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.option(fc.nat(9)) });
    await fc.assert(
      fc.asyncProperty(fc.array(upsert, { maxLength: 20 }), fc.infiniteStream(fc.nat()), async (upserts, random) => {
        const arrival = upserts.map((u, time) => ({ u, time, at: random.next().value as number })).sort((a, b) => a.at - b.at);
        const t = testing();
        const source = t.source<Upsert>('in');
        const table = Stream.from(source).table(options);
        const changes = t.collect(table.changes());
        await t.run(changes);
        const held = new Map<string, Upsert>();
        for (const { u, time } of arrival) source.push(u, time);
        for (const { key, before, after } of changes.values) {
          expect(held.get(key)).toEqual(before);
          if (after === undefined) held.delete(key);
          else held.set(key, after);
        }
        for (const key of ['a', 'b', 'c']) {
          const last = upserts.findLast(u => u.key === key);
          expect(held.get(key)).toEqual(last?.value === null ? undefined : last);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps nothing outside its tables', async () => {
    await crashAfterEach(
      t => t.collect(Stream.from(t.source<Upsert>('in')).table({ ...options, versions: 5 }).changes()),
      t => {
        const source = t.source<Upsert>('in');
        return [() => source.push({ key: 'a', value: 1 }, 1), () => source.push({ key: 'b', value: 1 }, 1), () => source.push({ key: 'a', value: null }, 5), () => source.push({ key: 'a', value: 3 }, 4), () => source.watermark(20), () => source.push({ key: 'a', value: 4 }, 3), () => source.end()];
      },
    );
  });

  it('skips records without a key if told to', async () => {
    const changes = await Stream.from([{ key: 'a' }, { key: null as unknown as string }, { key: 'b' }]).table({ name: 'rows', key: r => r.key, onError: 'skip' }).changes().collect();
    expect(changes.map(c => c.key)).toEqual(['a', 'b']);
  });

  it('lists wrong options', () => {
    const wrong = Stream.from([1]).table({ name: 'rows', key: n => n, versions: '-1s', outOfOrder: 'no' as 'drop' }).changes().collect();
    return expect(wrong).rejects.toThrow(/versions[^]*outOfOrder/);
  });
});
