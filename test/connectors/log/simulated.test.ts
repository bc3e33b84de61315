/**
 * The write-ahead log and the sink of parts under the real engine, in simulation: kills, power losses, full disks and processes that wake up after their successor has begun. The input is a broker: it gives a record
 * until it is acknowledged. The truth: each record is in the files, and as often as it was given at the most.
 */
import { expect, it } from 'vitest';
import { Stream, type Output, type Source } from 'millrace';
import { csvParts } from 'millrace/files';
import { writeAheadLog } from 'millrace/log';
import { simulate, type Simulation } from 'millrace/testing/simulation';

interface Order {
  readonly id: number;
  readonly shop: string;
}
interface Broker {
  readonly given: Map<number, number>;
  readonly acknowledged: Set<number>;
}
/** What outlives the processes of a simulation, by its disk. */
const brokers = new WeakMap<object, Broker>();
const brokerOf = (sim: Simulation): Broker => {
  const found = brokers.get(sim.disk) ?? { given: new Map<number, number>(), acknowledged: new Set<number>() };
  brokers.set(sim.disk, found);
  return found;
};
const COUNT = 24;
/** As many as take a second or two; 150 held when this was written. */
const SEEDS = 10;

const orders = (sim: Simulation): Source<Order> => {
  const { given, acknowledged } = brokerOf(sim);
  return {
    name: 'orders',
    replayable: false,
    splits: () => ['0'],
    open() {
      let next = 0;
      return {
        async read(max) {
          const values = await sim.later('read', () => {
            const some: Order[] = [];
            for (; next < COUNT && some.length < Math.min(max, 3); next++) if (!acknowledged.has(next)) some.push({ id: next, shop: 'abc'[next % 3] ?? '' });
            for (const { id } of some) given.set(id, (given.get(id) ?? 0) + 1);
            return some;
          });
          return values.length === 0 ? 'end' : { values, position: values.at(-1)?.id ?? 0 };
        },
        close() {},
      };
    },
    commit: positions =>
      sim.later('acknowledge', () => {
        for (let id = 0; id <= Number(positions['0']); id++) acknowledged.add(id);
      }),
  };
};
const build = (sim: Simulation): Output =>
  Stream.from(orders(sim), { name: 'orders', log: writeAheadLog('/wal', { segmentBytes: 300 }) })
    .keyBy(order => order.shop)
    .scan(() => 0, sum => sum + 1, { name: 'count' })
    .to(csvParts('/out', { columns: ['key', 'value'], partition: ({ key }) => `shop=${key}`, maxOpenParts: 2, maxPartBytes: 40 }), { name: 'out' });

const rowsOf = (sim: Simulation): string[] =>
  sim.disk
    .paths()
    .filter(path => path.startsWith('/out/shop='))
    .flatMap(path => {
      const text = sim.disk.bytes(path)?.toString() ?? '';
      if (!text.endsWith('\n')) throw new Error(`${path} ends in the middle of a line`);
      return text.trimEnd().split('\n').slice(1);
    });

it('loses no record that was acknowledged, and gives none more often than the broker did', async () => {
  const figures = await simulate(build, {
    seeds: [1, SEEDS],
    check(sim) {
      const { given, acknowledged } = brokerOf(sim);
      if (acknowledged.size !== COUNT) throw new Error(`${acknowledged.size} acknowledged`);
      const most = new Map<string, number>();
      for (const [id, times] of given) most.set('abc'[id % 3] ?? '', (most.get('abc'[id % 3] ?? '') ?? 0) + times);
      for (const shop of 'abc') {
        const counts = rowsOf(sim).filter(row => row.startsWith(shop)).map(row => Number(row.split(',')[1])).sort((a, b) => a - b);
        const least = Array.from({ length: COUNT }, (_, id) => id).filter(id => 'abc'[id % 3] === shop).length;
        if (counts.some((count, index) => count !== index + 1)) throw new Error(`counts of ${shop}: ${counts.join(' ')}`);
        if (counts.length < least || counts.length > (most.get(shop) ?? 0)) throw new Error(`${counts.length} of ${shop}, not ${least} to ${most.get(shop)}`);
      }
    },
  });
  expect(figures.seeds).toBe(SEEDS);
  expect(figures.crashes + figures.powerLosses + figures.zombies).toBeGreaterThan(SEEDS);
});
