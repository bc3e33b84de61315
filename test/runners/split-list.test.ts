import { describe, expect, it } from 'vitest';
import { Stream, memory, type Source, type StateBackend } from 'millrace';
import { testing } from 'millrace/testing';

/** Records without end of two splits, the first of which is taken away when `away` is called. */
function endless() {
  let away = (): void => {};
  const gone = new Promise<void>(resolve => (away = resolve));
  let handed = -1;
  const kept: unknown[] = [];
  const source: Source<string> = {
    name: 'endless',
    replayable: true,
    async *splits(_, positions) {
      kept.push(positions?.['a']);
      yield { added: ['a', 'b'] };
      await gone;
      yield { revoked: ['a'], released: () => void (handed = count()) };
    },
    open(split, from, { clock }) {
      let next = Number(from ?? 0);
      // Always something ahead, so that there is more to hand down the moment a checkpoint is over.
      return {
        async read() {
          if (next++ % 50 === 0) await clock.sleep(1);
          return { values: [split], position: next };
        },
        close: () => {},
      };
    },
  };
  let count = (): number => 0;
  return { source, kept, away: () => away(), handed: () => handed, count: (of: () => number) => void (count = of) };
}

/** A store whose next commits fail, as on a full disk. */
function fullFor(times: number): StateBackend {
  const inner = memory();
  let left = times;
  return {
    async open(...asked) {
      const store = await inner.open(...asked);
      return {
        ...store,
        get dirty() {
          return store.dirty;
        },
        commit: (...given) => (left-- > 0 ? Promise.reject(Object.assign(new Error('full'), { code: 'state-unwritable' })) : store.commit(...given)),
      };
    },
  };
}

describe('a split that is taken away', () => {
  it.each([0, 2])('hands nothing down behind the place that the checkpoint has, also if %i of them fail first', async failures => {
    const t = testing();
    const script = endless();
    const out = t.collect(Stream.from(script.source, { name: 'in' }));
    const ofA = (): number => out.values.filter(value => value === 'a').length;
    script.count(ofA);
    const state = fullFor(failures);
    const job = await t.run(out, { name: 'job', state, checkpoint: { timeout: '1m' }, budget: 1, onEvent: () => {} });
    await job.advance(20);
    script.away();
    for (let i = 0; i < 50 && script.handed() < 0; i++) await job.advance(100);
    const handed = script.handed();
    expect(handed).toBeGreaterThan(0);
    await job.advance(10);
    expect(ofA()).toBe(handed);
    await job.crash();
    expect(script.kept.at(-1)).toBe(handed);
    await job.stop();
  });
});
