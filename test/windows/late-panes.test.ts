import { describe, expect, it } from 'vitest';
import { Stream, count, hopping, memory, type StateBackend, type StateStore } from '../../src/index.js';
import { testing } from '../../src/testing/index.js';
import { windowOf } from '../../src/windows/late-panes.js';

describe('late panes', () => {
  it('one for each closed window whose lateness lasts, by end; their numbers go on from whether there was an on-time pane; tables are dropped with their window', async () => {
    const t = testing();
    const stores: StateStore[] = [];
    const backend = memory();
    const state: StateBackend = {
      async open(job, environment) {
        const store = await backend.open(job, environment);
        stores.push(store);
        return store;
      },
    };
    const source = t.source<string>('keys');
    const results = t.collect(Stream.from(source).keyBy(key => key).window(hopping(20, { every: 5 }), { lateness: 12 }).aggregate(count(), { name: 'w' }));
    const job = await t.run(results, { state });
    const tables = (): readonly string[] => stores.flatMap(store => [...store.tables()].flatMap(([step, name]) => (step === 'w' ? [name] : []))).sort();
    source.push('a', 1);
    source.push('a', 16);
    source.watermark(21);
    await job.settle();
    source.push('a', 2);
    source.push('b', 2);
    await job.settle();
    const late = results.values.filter(r => r.pane.timing === 'late').map(r => [r.key, r.window.start, r.value, r.pane.index]);
    expect(late).toEqual([['a', -10, 2, 1], ['a', -5, 2, 1], ['a', 0, 3, 1], ['b', -10, 1, 0], ['b', -5, 1, 0], ['b', 0, 1, 0]]);
    expect(tables()).toEqual(['p-10:10', 'p-5:15', 'p0:20', 's0:5', 's15:20']);
    source.push('b', 3);
    await job.settle();
    expect(results.values.slice(-3).map(r => [r.value, r.pane.index])).toEqual([[2, 1], [2, 1], [2, 1]]);
    source.watermark(27);
    await job.settle();
    expect(tables()).toEqual(['p0:20', 's0:5', 's15:20']);
    source.watermark(60);
    await job.settle();
    expect(tables()).toEqual([]);
    await job.stop();
  });
  it('a table says in its name whose it is', () => expect(windowOf('p-10:10')).toEqual({ start: -10, end: 10 }));
});
