import { describe, expect, it } from 'vitest';
import { Stream } from 'millrace';
import { sinkSuite, testing } from 'millrace/testing';
import { openLedger } from '../../src/testing/collected.js';

describe('what was collected', () => {
  for (const { name, run } of sinkSuite<number>(() => {
    const ledger = openLedger<number>();
    return { sink: ledger.sink, record: index => index, arrived: () => ledger.values.slice(0, ledger.committed()) };
  }))
    it(name, run);

  it('shows what was written at once, and says what of it is final', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const out = t.collect(Stream.from(source));
    const job = await t.run(out);
    source.push(1);
    expect([out.values, out.committed]).toEqual([[1], []]);
    await job.checkpoint();
    source.push(2);
    expect([out.values, out.committed]).toEqual([[1, 2], [1]]);
    await job.stop();
    expect(out.committed).toEqual([1, 2]);
  });

  it('keeps its arrays, so they can be taken apart', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const { output, values, records } = t.collect(Stream.from(source));
    const job = await t.run(output);
    source.push(1, 5);
    await job.crash();
    expect([values, records]).toEqual([[1], [{ value: 1, time: 5 }]]);
  });
});
