import { describe, expect, it } from 'vitest';
import { Stream, count, sum, tumbling, type } from 'millrace';
import { crashAfterEach, pane, type TestInput, type Testing } from 'millrace/testing';

interface Sale {
  readonly shop: string;
  readonly amount: number;
}
const script = (t: Testing): readonly TestInput[] => {
  const sales = t.source<Sale>('sales');
  const [north, south] = [sales.split('north'), sales.split('south')];
  return [
    () => north.push({ shop: 'a', amount: 1 }, 0),
    () => south.push({ shop: 'b', amount: 2 }, 10_000),
    job => job.advance('5s'),
    () => north.watermark(60_000),
    () => south.push({ shop: 'a', amount: 4 }, 59_999),
    () => south.idle(),
    () => south.push({ shop: 'a', amount: 8 }, 5),
    () => north.push({ shop: 'a', amount: 16 }, 61_000),
    () => sales.end(),
  ];
};

describe('crashAfterEach', () => {
  it('is content with state in tables, and gives the results', async () => {
    const out = await crashAfterEach(
      t =>
        t.collect(
          Stream.from(t.source<Sale>('sales'))
            .mapAsync(async sale => sale, { concurrency: 2 })
            .keyBy(sale => sale.shop)
            .window(tumbling('1m'), { late: late => t.collect(late).output })
            .aggregate({ n: count(), total: sum(sale => sale.amount) }, { name: 'sums' }),
        ),
      script,
    );
    expect(out.values).toEqual([pane('a', [0, 60_000], { n: 2, total: 5 }), pane('b', [0, 60_000], { n: 1, total: 2 }), pane('a', [60_000, 120_000], { n: 1, total: 16 })]);
  });

  it('is content with processes and their timers', async () => {
    const out = await crashAfterEach(
      t =>
        t.collect(
          Stream.from(t.source<Sale>('sales'))
            .keyBy(sale => sale.shop)
            .process({
              name: 'running',
              emits: type<string>(),
              init: () => ({ total: 0 }),
              onData(state, sale, context) {
                state.total += sale.amount;
                context.timer('tell', 60_000);
              },
              onTimer(state, _, context) {
                context.emit(`${context.key}: ${state.total}`);
              },
            }),
        ),
      script,
    );
    expect(out.values.length).toBeGreaterThan(1);
  });

  it('finds state in a closure', async () => {
    await expect(
      crashAfterEach(t => {
        let n = 0;
        return t.collect(Stream.from(t.source<Sale>('sales')).map(sale => `${sale.shop}${n++}`));
      }, script),
    ).rejects.toThrow(/a checkpoint, a crash and a restart after every input[\s\S]*output 1: missing "b1" at 10000[\s\S]*too much "b0" at 10000/);
  });

  it('finds results that depend on how often a record is read', async () => {
    let reads = 0;
    await expect(crashAfterEach(t => t.collect(Stream.from(t.source<Sale>('sales')).filter(() => reads++ % 2 === 0)), script)).rejects.toThrow('the results are others');
  });
});
