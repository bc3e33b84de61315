/**
 * Pipelines of every shape under a crash after every input. Where splits are idle or records late, what a replay sees may depend on how long things take
 * (asynchronous steps) or on how two sources stand to each other; such pipelines get the script without those.
 */
import { describe, expect, it } from 'vitest';
import { Stream, collect, count, sum, tumbling } from 'millrace';
import { crashAfterEach, pane, testing, type Collected, type TestInput, type Testing } from 'millrace/testing';

interface Reading {
  readonly k: string;
  readonly at: number;
}
type Script = (t: Testing) => readonly TestInput[];

const inOrder: Script = t => {
  const s = t.source<Reading>('s');
  const [a, b] = [s.split('a'), s.split('b')];
  const u = t.source<Reading>('u');
  const push = (to: { push(value: Reading, time: number): void }, k: string, at: number) => (): void => to.push({ k, at }, at);
  return [
    push(a, 'x', 1),
    push(b, 'y', 2),
    push(u, 'x', 3),
    push(a, 'x', 50_000),
    job => job.advance('20s'),
    push(a, 'z', 70_000),
    () => a.watermark(70_000),
    push(u, 'u', 80_000),
    () => u.watermark(80_000),
    push(b, 'y', 59_999),
    () => b.watermark(60_000),
    push(a, 'a', 130_000),
    () => s.end(),
    push(u, 'q', 100_000),
    () => u.end(),
  ];
};
const idleAndLate: Script = t => {
  const s = t.source<Reading>('s');
  const [a, b] = [s.split('a'), s.split('b')];
  const push = (to: { push(value: Reading, time: number): void }, k: string, at: number) => (): void => to.push({ k, at }, at);
  return [
    push(a, 'x', 1),
    push(b, 'y', 2),
    push(a, 'z', 70_000),
    () => a.watermark(70_000),
    () => b.idle(),
    push(b, 'y', 3),
    push(a, 'a', 130_000),
    () => a.watermark(125_000),
    job => job.advance('1m'),
    () => b.idle(),
    () => b.active(),
    () => b.watermark(125_000),
    () => b.end(),
    () => s.end(),
  ];
};

const of = (t: Testing, name: string): Stream<Reading> => Stream.from(t.source<Reading>(name));
const windowed = (stream: Stream<Reading>, t: Testing): Collected<unknown> =>
  t.collect(
    stream
      .keyBy(r => r.k)
      .window(tumbling('1m'), { late: late => t.collect(late).output })
      .aggregate({ n: count(), times: collect(r => r.at) }, { name: 'windows' }),
  );
const slow =
  (t: Testing) =>
  async (reading: Reading): Promise<Reading> => {
    await t.clock.sleep(100);
    return reading;
  };

type Pipeline = readonly [name: string, build: (t: Testing) => Collected<unknown>];
const ordered: readonly Pipeline[] = [
  ['windows', t => windowed(of(t, 's'), t)],
  ['timestamps', t => windowed(of(t, 's').timestamps(r => r.at, { disorder: '5s' }), t)],
  ['timestamps with idleness', t => windowed(of(t, 's').timestamps(r => r.at, { idle: '30s' }), t)],
  ['a rate limit', t => windowed(of(t, 's').rateLimit({ records: 1, per: '1s' }), t)],
  [
    'a diamond',
    t => {
      const stamped = of(t, 's').timestamps(r => r.at);
      return windowed(stamped.map(r => ({ ...r, k: `${r.k}1` })).merge(stamped.filter(r => r.k !== 'y')), t);
    },
  ],
  [
    'windows of windows',
    t =>
      t.collect(
        of(t, 's')
          .timestamps(r => r.at)
          .keyBy(r => r.k)
          .window(tumbling('10s'))
          .aggregate(count(), { name: 'short' })
          .window(tumbling('1m'))
          .aggregate(sum(r => r.value), { name: 'long' }),
      ),
  ],
];
const timed: readonly Pipeline[] = [
  ['merged sources', t => windowed(of(t, 's').merge(of(t, 'u')), t)],
  ['merged sources with timestamps', t => windowed(of(t, 's').timestamps(r => r.at, { disorder: '1m' }).merge(of(t, 'u').timestamps(r => r.at)), t)],
  ['one source after the other', t => windowed(of(t, 's').concat(of(t, 'u')), t)],
  ['calls above timestamps', t => windowed(of(t, 's').mapAsync(slow(t), { concurrency: 2, order: 'none' }).timestamps(r => r.at, { disorder: '1m' }), t)],
  ['calls below timestamps', t => windowed(of(t, 's').timestamps(r => r.at, { disorder: '1m' }).mapAsync(slow(t), { concurrency: 2, order: 'none' }), t)],
  ['calls', t => windowed(of(t, 's').mapAsync(slow(t), { concurrency: 2 }), t)],
  ['batches', t => windowed(of(t, 's').mapBatch(async readings => readings, { size: 3, within: '5s' }), t)],
];

describe('a crash after every input changes nothing', () => {
  it.each([...ordered, ...timed])('of %s', async (_, build) => expect((await crashAfterEach(build, inOrder)).committed).not.toEqual([]));
  it.each(ordered)('of %s, with idle splits and late records', async (_, build) => expect((await crashAfterEach(build, idleAndLate)).committed).not.toEqual([]));
});

it('splits that are idle when they end flush their windows', async () => {
  const t = testing();
  const source = t.source<Reading>('s');
  const [a, b] = [source.split('a'), source.split('b')];
  const out = t.collect(Stream.from(source).window(tumbling('1m')).aggregate(count(), { name: 'c' }));
  const job = await t.run(out);
  b.watermark(10);
  a.push({ k: 'x', at: 0 }, 70_000);
  a.watermark(130_000);
  a.idle();
  b.idle();
  b.end();
  a.end();
  await job.done;
  expect(out.values).toEqual([pane(undefined, [60_000, 120_000], 1)]);
});
