import { describe, expect, it } from 'vitest';
import { Stream, count, tumbling } from 'millrace';
import { simulate, simulateOnce, type Simulation } from 'millrace/testing/simulation';

const clicks = Array.from({ length: 60 }, (_, i) => ({ value: 'abc'[i % 3] ?? '', time: i * 1_000 }));
const build = (sim: Simulation) =>
  sim.collect(
    Stream.from(sim.source('clicks', clicks.slice(0, 30), clicks.slice(30)), { name: 'clicks' })
      .keyBy(user => user)
      .window(tumbling('10s'))
      .aggregate(count(), { name: 'counts' }),
  );

describe('simulation', () => {
  it('one seed is one history', async () => {
    for (const seed of [1, 7, 12]) {
      const [a, b] = [await simulateOnce(build, seed), await simulateOnce(build, seed)];
      expect(a).toEqual(b);
    }
  });
  it('runs', async () => {
    const since = performance.now();
    const figures = await simulate(build, { seeds: [1, 300] });
    console.log(figures, performance.now() - since);
  });
});
