import fc from 'fast-check';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { ConfigurationError, Stream, memory, run, toArray, type } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { testing, type Testing } from 'millrace/testing';

/** Says which version made it, so that a `migrate` can tell whether it is told the truth. */
interface Counted {
  readonly version: number;
  n: number;
}

/** Counts per key. There is a `migrate`, unless it is left out. */
function counts(t: Testing, version: number, migrate: ((old: unknown, version: number) => Counted) | 'none' = brought(version), from: Stream<number> = Stream.from(t.source<number>('keys'), { name: 'keys' })) {
  const stream = from
    .keyBy(key => key)
    .process({
      name: 'counts',
      emits: type<readonly [key: unknown, n: number, version: number]>(),
      version,
      ...(migrate === 'none' ? {} : { migrate }),
      init: (): Counted => ({ version, n: 0 }),
      onData(state, _, context) {
        state.n++;
        context.emit([context.key, state.n, state.version]);
      },
    });
  return { stream, ...t.collect(stream, { name: 'out' }) };
}

const brought =
  (to: number) =>
  (old: unknown, version: number): Counted => {
    const { n, version: made } = old as Counted; // what `counts` keeps
    if (made !== version) throw new Error(`made by ${made}, and it is said to be of ${version}`);
    return { version: to, n };
  };

const KEYS = 150;
const everyKey = Array.from({ length: KEYS }, (_, key) => key);
const backends = ['memory', 'lmdb'] as const;
const stateOf = async (backend: (typeof backends)[number]) => (backend === 'memory' ? memory() : lmdb(await mkdtemp(join(inject('folder'), 'migration-'))));

describe.each(backends)('state of an older version, in %s', backend => {
  it('is counted on from, whatever versions came between and however they ended', async () => {
    const part = fc.record({ step: fc.integer({ min: 0, max: 2 }), keys: fc.array(fc.integer({ min: 0, max: KEYS }), { maxLength: 40 }), early: fc.boolean(), ends: fc.constantFrom('stop' as const, 'crash' as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async runs => {
        const t = testing();
        const source = t.source<number>('keys');
        const state = await stateOf(backend);
        const truth = new Map<number, number>();
        let version = 0;
        for (const { step, keys, early, ends } of [{ step: 0, keys: everyKey, early: false, ends: 'stop' as const }, ...runs]) {
          version += step;
          const { output, values } = counts(t, version);
          // Before the start: they come while most of the keys have not had their turn.
          if (early) for (const key of keys) source.push(key, 1);
          const job = await t.run(output, { name: 'migrating', state });
          if (!early) for (const key of keys) source.push(key, 1);
          await job.settle();
          expect(values).toEqual(
            keys.map(key => {
              truth.set(key, (truth.get(key) ?? 0) + 1);
              return [key, truth.get(key), version];
            }),
          );
          await job.checkpoint();
          await job[ends]();
        }
      }),
      { numRuns: backend === 'memory' ? 60 : 12 },
    );
  });
  it('is brought over where nobody asks for it, and then `migrate` may go', async () => {
    const t = testing();
    const state = await stateOf(backend);
    const play = async (version: number, migrate?: 'none'): Promise<void> => {
      const { output, values } = counts(t, version, migrate);
      const job = await t.run(output, { name: 'migrating', state });
      if (version === 0) for (const key of everyKey) t.source<number>('keys').push(key, 1);
      else t.source<number>('keys').push(0, 1);
      await job.settle();
      if (version > 0) expect(values).toEqual([[0, version === 2 ? 2 : 3, 2]]);
      await job.stop();
    };
    await play(0);
    await play(2);
    // Nothing is left of version 0, so nothing has to be made of it.
    const { output, values } = counts(t, 2, 'none');
    const job = await t.run(output, { name: 'migrating', state });
    for (const key of [0, 149]) t.source<number>('keys').push(key, 1);
    await job.settle();
    expect(values).toEqual([[0, 3, 2], [149, 2, 2]]);
    await job.stop();
  });
  it('is refused without `migrate` while some of it is left', async () => {
    const state = await stateOf(backend);
    const play = async (version: number, migrate?: Parameters<typeof counts>[2]): Promise<void> => {
      const t = testing();
      const { stream } = counts(t, version, migrate, Stream.from(Array.from({ length: 1_000 }, (_, key) => key), { name: 'array' }));
      const job = await run(stream.to(toArray<unknown>([]), { name: 'out' }), { name: 'migrating', state, checkpoint: { maxDirty: 10 } });
      await job.done;
    };
    await play(0);
    // By the clock, slowly: a turn of the runner is over long before, so that there is a checkpoint.

    let brings = 0;
    const slow = play(1, (old, version) => {
      if (++brings > 900) throw new Error('enough');
      for (const until = performance.now() + 0.05; performance.now() < until; );
      return brought(1)(old, version);
    });
    await expect(slow).rejects.toThrow(/enough/u);
    const third = play(1, 'none');
    await expect(third).rejects.toThrow(ConfigurationError);
    await expect(third).rejects.toThrow(/counts: some of its keys are still in the form of version 0, and it has no `migrate` any more/u);
  });
  it('stays as it was when `migrate` throws, which fails the job and says for which key', async () => {
    const t = testing();
    const state = await stateOf(backend);
    const first = await t.run(counts(t, 0).output, { name: 'migrating', state });
    for (const key of everyKey) t.source<number>('keys').push(key, 1);
    await first.settle();
    await first.stop();
    const bad = await t.run(counts(t, 1, (old, version) => ((old as Counted).n > 0 ? undefined : brought(1)(old, version)) as Counted).output, { name: 'migrating', state });
    await expect(bad.done).rejects.toThrow(/Step "counts" failed: its `migrate` gave nothing for the key \S+, kept by version 0/u);
    const worse = await t.run(
      counts(t, 1, old => {
        throw new Error(`what is ${JSON.stringify(old)}?`);
      }).output,
      { name: 'migrating', state },
    );
    await expect(worse.done).rejects.toThrow(/its `migrate` threw for the key \S+, kept by version 0: what is \{"version":0,"n":1\}\?/u);
    const { output, values } = counts(t, 1);
    const good = await t.run(output, { name: 'migrating', state });
    t.source<number>('keys').push(7, 1);
    await good.settle();
    expect(values).toEqual([[7, 2, 1]]);
    await good.stop();
  });
});
