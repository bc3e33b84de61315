/** Jobs with every kind of state, crashed after every input, their state on the disk: the same results as in memory. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { collect, count, hopping, max, session, Stream, sum, tumbling, type } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { crashAfterEach, type Collected, type TestInput, type Testing } from 'millrace/testing';

interface Click {
  readonly user: string;
  readonly n: number;
}

const state = (): ReturnType<typeof lmdb> => lmdb(mkdtempSync(join(inject('folder'), 'jobs-')), { cache: { entries: 6 } });
const USERS = ['a', 'b', 'c', '__proto__', 'd'];

/** Clicks of some users over three minutes, out of order by up to half a minute, the watermark behind them. */
const clicks = (t: Testing, name: string, steps: number): TestInput[] => {
  const source = t.source<Click>(name);
  return Array.from({ length: steps }, (_, i) => () => {
    const time = i * 15_000;
    for (let j = 0; j < 3; j++) source.push({ user: USERS[(i * (j + 1)) % USERS.length] ?? 'a', n: i + j }, time - j * 9_000 + 30_000);
    source.watermark(time);
  });
};
const script = (...names: readonly string[]) => (t: Testing): readonly TestInput[] => {
  const each = names.map(name => clicks(t, name, 10));
  return [...(each[0] ?? []).flatMap((_, i) => each.flatMap(inputs => inputs[i] ?? [])), ...names.map(name => () => t.source(name).end())];
};

async function same(build: (t: Testing) => Collected<unknown>, names: readonly string[] = ['clicks']): Promise<number> {
  const onDisk = await crashAfterEach(build, script(...names), { state });
  const inMemory = await crashAfterEach(build, script(...names));
  const shown = ({ records }: Collected<unknown>): readonly string[] => records.map(record => JSON.stringify(record)).toSorted();
  expect(shown(onDisk)).toEqual(shown(inMemory));
  return onDisk.records.length;
}

const out = (t: Testing, stream: Stream<unknown>): Collected<unknown> => t.collect(stream, { name: 'out' });
const keyed = (t: Testing, name = 'clicks') => Stream.from(t.source<Click>(name), { name }).keyBy(click => click.user);

describe('with state on the disk', () => {
  it('tumbling windows', async () => expect(await same(t => out(t, keyed(t).window(tumbling('1m')).aggregate(sum(c => c.n), { name: 'sums' })))).toBeGreaterThan(5));
  it('hopping windows', async () => expect(await same(t => out(t, keyed(t).window(hopping('2m', { every: '30s' })).aggregate({ n: count(), most: max((c: Click) => c.n) }, { name: 'counts' })))).toBeGreaterThan(5));
  it('session windows', async () => expect(await same(t => out(t, keyed(t).window(session('40s')).aggregate(collect(c => c.n), { name: 'sessions' })))).toBeGreaterThan(5));
  it('an interval join', async () =>
    expect(await same(t => out(t, keyed(t, 'left').join(keyed(t, 'right'), { name: 'pairs', within: ['-20s', '30s'], type: 'full' })), ['left', 'right'])).toBeGreaterThan(5));
  it('a window join', async () => expect(await same(t => out(t, keyed(t, 'left').window(tumbling('1m')).join(keyed(t, 'right'), { name: 'pairs' })), ['left', 'right'])).toBeGreaterThan(5));
  it('a process function with rows, lists and timers', async () =>
    expect(
      await same(t =>
        out(
          t,
          keyed(t).process({
            name: 'recent',
            emits: type<unknown>(),
            init: () => ({ seen: 0, named: new Map<string, number>() }),
            onData(own, click, context) {
              own.seen++;
              own.named.set(`n${click.n % 3}`, own.seen);
              const rows = context.rows<number>('recent');
              rows.set(context.time, click.n);
              for (const [at] of [...rows.range(-Infinity, context.time - 40_000)]) rows.delete(at);
              context.list<number>('all').add(click.n);
              context.timer('quiet', context.time + 35_000);
              if (click.n % 4 === 0) context.timer(`extra ${click.n % 3}`, context.time + 20_000);
            },
            onTimer(own, timer, context) {
              context.emit({ key: context.key, timer, seen: own.seen, named: [...own.named], rows: [...context.rows<number>('recent').range()], all: [...context.list<number>('all').values()] });
            },
          }),
        ),
      ),
    ).toBeGreaterThan(5));
});
