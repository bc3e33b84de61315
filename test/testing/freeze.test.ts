import { describe, expect, it } from 'vitest';
import { Stream, run, toArray } from 'millrace';
import { testing, type TestingOptions } from 'millrace/testing';

interface Order {
  readonly lines: { price: number }[];
}

/** One reader raises prices in the record itself, the other adds them up. */
async function totals(options?: TestingOptions): Promise<readonly number[]> {
  const t = testing(options);
  const orders = Stream.from(t.source<Order>('orders'), { name: 'orders' });
  const raised = orders.map(order => {
    for (const line of order.lines) line.price *= 2;
    return order;
  }, { name: 'raise' });
  const total = t.collect(orders.map(order => order.lines.reduce((sum, line) => sum + line.price, 0)));
  const job = await t.run([t.collect(raised), total]);
  t.source<Order>('orders').push({ lines: [{ price: 1 }, { price: 2 }] }, 0);
  await job.settle();
  await job.stop();
  return total.values;
}

describe('a record that two steps read', () => {
  it('is frozen in a test, so that the step that writes into it fails, and not the one that reads (H68)', async () => {
    await expect(totals()).rejects.toThrow(/Step "raise" failed.*Cannot assign to read only property 'price'/u);
  });
  it('is left as it is if the test says so', async () => {
    expect(await totals({ freeze: false })).toEqual([6]);
  });
  it('is frozen as far as it is plain data, cycles and all', async () => {
    class Counter {
      n = 0;
    }
    const t = testing();
    const source = t.source<{ counter: Counter; bytes: Uint8Array; date: Date; self?: unknown }>('in');
    const stream = Stream.from(source, { name: 'in' });
    const write = stream.tap(record => {
      record.counter.n++;
      record.bytes[0] = 1;
      record.date.setTime(1);
    });
    const read = t.collect(stream);
    const job = await t.run([t.collect(write), read]);
    const record: { counter: Counter; bytes: Uint8Array; date: Date; self?: unknown } = { counter: new Counter(), bytes: new Uint8Array(1), date: new Date(0) };
    record.self = record;
    source.push(record, 0);
    await job.settle();
    expect([Object.isFrozen(read.values[0]), read.values[0]?.counter.n]).toEqual([true, 1]);
    await job.stop();
  });
  it('is frozen neither where only one step reads it, nor outside of tests', async () => {
    const t = testing();
    const alone = t.collect(Stream.from(t.source<{ n: number }>('in'), { name: 'in' }).tap(record => void record.n++));
    const job = await t.run(alone);
    t.source<{ n: number }>('in').push({ n: 1 }, 0);
    await job.settle();
    expect(alone.values).toEqual([{ n: 2 }]);
    await job.stop();

    const stream = Stream.from([{ n: 1 }]);
    const results: { n: number }[] = [];
    const other: { n: number }[] = [];
    const real = await run([stream.tap(record => void record.n++).to(toArray(results)), stream.to(toArray(other))]);
    await real.done;
    expect(results).toEqual([{ n: 2 }]);
  });
});
