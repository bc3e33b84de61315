import { Stream, count, global, sum, trigger } from 'millrace';
import { testing, windowsSuite } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

describe('the global window', () => {
  for (const { name, run } of windowsSuite(() => global())) it(name, run);

  it('ends with the input, and its results carry the time of their latest record', async () => {
    const t = testing();
    const source = t.source<number>('numbers');
    const out = t.collect(Stream.from(source).window(global()).aggregate(sum((n: number) => n), { name: 'sum' }));
    const job = await t.run(out);
    source.push(5, 20);
    source.push(7, 10);
    source.watermark(1_000);
    await job.settle();
    expect(out.records).toEqual([]);
    source.end();
    await job.settle();
    expect(out.records).toEqual([{ value: { key: undefined, window: { start: -Infinity, end: Infinity }, value: 12, pane: { index: 0, timing: 'onTime' } }, time: 20 }]);
    await job.stop();
  });
  it('gives what its trigger says, and its table can be read', async () => {
    const t = testing();
    const source = t.source<string>('users');
    const table = Stream.from(source).keyBy(user => user).window(global()).table(count(), { name: 'totals', every: { records: 2 } });
    const out = t.collect(table.changes());
    const job = await t.run(out);
    for (const user of ['a', 'b', 'a', 'a', 'a']) source.push(user);
    await job.settle();
    expect(out.values.map(({ before, after }) => [before, after])).toEqual([[undefined, 2], [2, 4]]);
    expect([table.get(['a', -Infinity, Infinity]), table.get(['b', -Infinity, Infinity])]).toEqual([4, undefined]);
    await job.stop();
  });
  it('is told by hand', async () => {
    const t = testing();
    const source = t.source<number>('numbers');
    const manual = trigger.manual();
    const windowed = Stream.from(source).window(global());
    const panes = t.collect(windowed.aggregate(sum((n: number) => n), { name: 'panes', trigger: trigger.repeatedly(manual) }));
    const deltas = t.collect(windowed.deltas(sum((n: number) => n), { name: 'deltas', trigger: trigger.repeatedly(manual) }));
    const job = await t.run([panes, deltas]);
    for (const n of [3, 8, 1]) {
      source.push(n);
      await job.settle();
      if (n !== 8) manual.fire();
      await job.settle();
    }
    expect([panes, deltas].map(({ values }) => values.map(({ value }) => value))).toEqual([[3, 12], [3, 9]]);
    await job.stop();
  });
});
