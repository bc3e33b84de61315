import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, memory, type LookupOptions } from 'millrace';
import { crashAfterEach, expectRecords, testing, type Testing } from 'millrace/testing';

interface Row {
  id: string;
  n: number | null;
}
interface Order {
  id: string;
  of: string;
}
const build = (t: Testing, options: Partial<LookupOptions<'left'>> = {}, table: { versions?: number; bootstrap?: boolean } = { versions: 1_000 }) => {
  const rows = Stream.from(t.source<Row>('rows')).table({ name: 'rows', key: r => r.id, deleted: r => r.n === null, ...table });
  return t.collect(Stream.from(t.source<Order>('orders')).keyBy(o => o.of).lookup(rows, { name: 'found', type: 'left', ...options }).map(({ value, row }) => [value.id, row?.n] as const));
};

describe('lookup', () => {
  it('latest: the row as it stands; inner gives nothing without one', async () => {
    const t = testing();
    const rows = Stream.from(t.source<Row>('rows')).table({ name: 'rows', key: r => r.id, deleted: r => r.n === null });
    const orders = Stream.from(t.source<Order>('orders')).keyBy(o => o.of);
    const inner = t.collect(orders.lookup(rows, { name: 'inner' }));
    const left = t.collect(orders.lookup(rows, { name: 'left', type: 'left' }).map(({ value, row }) => [value.id, row?.n]));
    await t.run([inner, left]);
    const push = (id: string, time: number): void => t.source<Order>('orders').push({ id, of: 'a' }, time);
    push('1', 1);
    t.source<Row>('rows').push({ id: 'a', n: 7 }, 50);
    push('2', 2);
    t.source<Row>('rows').push({ id: 'a', n: null }, 60);
    push('3', 3);
    expectRecords(inner, [[{ value: { id: '2', of: 'a' }, row: { id: 'a', n: 7 } }, 2]]);
    expectRecords(left, [[['1', undefined], 1], [['2', 7], 2], [['3', undefined], 3]]);
  });

  it('as of the record: waits for both watermarks', async () => {
    const t = testing();
    const found = build(t);
    await t.run(found);
    const [rows, orders] = [t.source<Row>('rows'), t.source<Order>('orders')];
    orders.push({ id: '1', of: 'a' }, 25);
    orders.push({ id: '2', of: 'a' }, 5);
    orders.watermark(100);
    rows.push({ id: 'a', n: 3 }, 30);
    rows.push({ id: 'a', n: 1 }, 10); // out of order, and a version all the same
    rows.push({ id: 'a', n: 2 }, 20);
    expectRecords(found, []);
    rows.watermark(24);
    expectRecords(found, [[['2', undefined], 5]]);
    rows.watermark(25);
    orders.push({ id: '3', of: 'a' }, 12); // late: at once
    expectRecords(found, [[['2', undefined], 5], [['1', 2], 25], [['3', 1], 12]]);
  });

  it('without waiting: the version of its time among those that came', async () => {
    const t = testing();
    const found = build(t, { wait: 0 });
    await t.run(found);
    t.source<Row>('rows').push({ id: 'a', n: 1 }, 10);
    t.source<Row>('rows').push({ id: 'a', n: 2 }, 20);
    t.source<Order>('orders').push({ id: '1', of: 'a' }, 15);
    expectRecords(found, [[['1', 1], 15]]);
  });

  it('is, for any interleaving, the version with the greatest time at or before the record', async () => {
    const event = fc.record({ table: fc.boolean(), key: fc.constantFrom('a', 'b'), slot: fc.nat(40), gone: fc.integer({ min: 0, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async events => {
        const t = testing();
        const found = build(t);
        await t.run(found);
        const [rows, orders] = [t.source<Row>('rows'), t.source<Order>('orders')];
        const versions: { key: string; time: number; n: number | null }[] = [];
        const asked: { id: string; key: string; time: number }[] = [];
        let low = 0;
        for (const [i, { table, key, slot, gone }] of events.entries()) {
          // Times of the table are even, those of the stream odd, within a disorder of 40.
          const time = low + 2 * slot + (table ? 0 : 1);
          if (table) {
            const n = gone === 0 ? null : i;
            rows.push({ id: key, n }, time);
            versions.push({ key, time, n });
          } else {
            orders.push({ id: String(i), of: key }, time);
            asked.push({ id: String(i), key, time });
          }
          if (i % 3 === 2) {
            low += 2 * (slot % 7);
            (table ? rows : orders).watermark(low);
          }
        }
        rows.end();
        orders.end();
        const expected = asked.map(({ id, key, time }) => {
          let last: (typeof versions)[number] | undefined;
          for (const version of versions) if (version.key === key && version.time <= time && (last === undefined || version.time >= last.time)) last = version;
          return [id, last?.n ?? undefined];
        });
        expect([...found.values].sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps nothing outside its tables', async () => {
    await crashAfterEach(
      t => build(t, {}, { versions: 20 }),
      t => {
        const [rows, orders] = [t.source<Row>('rows'), t.source<Order>('orders')];
        return [() => rows.push({ id: 'a', n: 1 }, 1), () => orders.push({ id: '1', of: 'a' }, 5), () => rows.push({ id: 'a', n: 2 }, 7), () => orders.push({ id: '2', of: 'a' }, 8), () => orders.watermark(50), () => rows.push({ id: 'b', n: 2 }, 7), () => rows.watermark(6), () => rows.push({ id: 'a', n: null }, 9), () => orders.push({ id: '3', of: 'a' }, 52), () => rows.watermark(60), () => orders.push({ id: '4', of: 'b' }, 58), () => rows.end(), () => orders.end()];
      },
    );
  });

  it.each([{ wait: { records: 3 } }, { wait: 3 }])('holds the reader of a stream that runs ahead of its table: %j', async options => {
    const t = testing();
    const found = build(t, options);
    const job = await t.run(found);
    const [rows, orders] = [t.source<Row>('rows'), t.source<Order>('orders')];
    for (let i = 0; i < 20; i++) {
      orders.push({ id: String(i), of: 'a' }, i);
      orders.watermark(i);
    }
    await job.settle();
    expect(job.metrics().steps['found']?.in).toBeLessThan(7);
    await job.checkpoint();
    await job.crash();
    rows.push({ id: 'a', n: 1 }, 0);
    rows.watermark(10);
    await job.settle();
    expect(found.values.length).toBe(11);
    rows.end();
    orders.end();
    await job.settle();
    expect(found.values.length).toBe(20);
  });

  it('bootstrap: the table is read to its current end first, and does not hold the watermark', async () => {
    const t = testing();
    const found = build(t, {}, { bootstrap: true });
    const [rows, orders] = [t.source<Row>('rows'), t.source<Order>('orders')];
    orders.push({ id: '1', of: 'a' }, 1);
    for (let i = 0; i < 3_000; i++) rows.push({ id: 'a', n: i }, i);
    const job = await t.run(found);
    await job.settle();
    expectRecords(found, [[['1', 2_999], 1]]);
    await job.checkpoint();
    await job.crash();
    orders.push({ id: '2', of: 'a' }, 2);
    await job.settle();
    expectRecords(found, [[['1', 2_999], 1], [['2', 2_999], 2]]);
    orders.watermark(50);
    expect(job.metrics().steps['found']?.watermark).toBe(50);
  });

  it('bootstrap: a table that has ended', async () => {
    const rows = Stream.from([{ id: 'a', n: 1 }]).table({ name: 'rows', key: r => r.id, bootstrap: true });
    const found = await Stream.from([{ of: 'a' }]).keyBy(o => o.of).lookup(rows, { name: 'found' }).collect();
    expect(found).toEqual([{ value: { of: 'a' }, row: { id: 'a', n: 1 } }]);
  });

  it('bootstrap: refused where table and stream come from one source', () => {
    const all = Stream.from([{ id: 'a' }]);
    const found = all.keyBy(r => r.id).lookup(all.table({ name: 'rows', key: r => r.id, bootstrap: true }), { name: 'found' });
    return expect(found.collect()).rejects.toThrow('bootstrap-shared-source');
  });

  it('forgets keys that are done: rows deleted, records given, changes told', async () => {
    const t = testing();
    const state = memory();
    const rows = Stream.from(t.source<Row>('rows')).table({ name: 'rows', key: r => r.id, deleted: r => r.n === null, versions: 10 });
    const found = t.collect(Stream.from(t.source<Order>('orders')).keyBy(o => o.of).lookup(rows, { name: 'found', type: 'left' }));
    const quiet = t.collect(rows.suppress({ name: 'quiet', until: 5, maxRows: 50 }).changes());
    const job = await t.run([found, quiet], { state });
    for (let i = 0; i < 5_000; i++) {
      t.source<Row>('rows').push({ id: `k${i}`, n: 1 }, i);
      t.source<Row>('rows').push({ id: `k${i}`, n: 2 }, i + 1);
      t.source<Row>('rows').push({ id: `k${i}`, n: null }, i + 3);
      t.source<Order>('orders').push({ id: '1', of: `k${i}` }, i + 2);
      t.source<Row>('rows').watermark(i);
      t.source<Order>('orders').watermark(i);
    }
    t.source<Row>('rows').watermark(6_000);
    t.source<Order>('orders').watermark(6_000);
    await job.settle();
    await job.stop();
    expect(found.values.filter(f => f.row?.n === 2).length).toBe(5_000);
    const store = await state.open('test', { clock: t.clock, random: () => 0, signal: new AbortController().signal });
    expect([...store.tables()]).toEqual([]);
  });

  it('lists wrong options', () => {
    const rows = Stream.from([{ id: 'a' }]).table({ name: 'rows', key: r => r.id });
    const wrong = Stream.from([{ of: 'a' }]).keyBy(o => o.of).lookup(rows, { name: 'found', asOf: 'time', type: 'full' as 'left' }).collect();
    return expect(wrong).rejects.toThrow(/type[^]*versions/);
  });
});
