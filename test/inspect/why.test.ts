import { describe, expect, it } from 'vitest';
import { MillraceError, Stream, count, toArray, tumbling, type Time } from '../../src/index.js';
import { testing } from '../../src/testing/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, recorder } from '../operators/kit.js';

interface Click {
  readonly url: string;
  readonly at: Time;
}

const counted = (options?: { idle?: '1s'; maxDrift?: number }) => {
  const t = testing();
  const clicks = t.source<Click>('clicks');
  const [a, b] = [clicks.split('a'), clicks.split('b')];
  const perUrl = t.collect(
    Stream.from<Click>(clicks, { name: 'clicks' })
      .timestamps(click => click.at, { name: 'times', ...options })
      .keyBy(click => click.url)
      .window(tumbling(100), { lateness: 50 })
      .aggregate(count(), { name: 'per-url' }),
  );
  return { t, a, b, perUrl };
};

describe('why', () => {
  it('names the split that has said nothing yet', async () => {
    const { t, a, perUrl } = counted();
    const job = await t.run(perUrl);
    a.push({ url: '/', at: 10 });
    a.push({ url: '/', at: 250 });
    await job.settle();
    const why = job.why('per-url');
    expect(why).toMatchObject({ step: 'per-url', watermark: Number.NEGATIVE_INFINITY, waitingFor: 100, lateness: 50, idle: false, buffered: { windows: 2 } });
    expect(why.open).toEqual([{ what: 'window [0, 100)', until: 100 }, { what: 'window [200, 300)', until: 300 }]);
    expect(why.splits.map(s => [s.source, s.split, s.watermark, s.idle])).toEqual([['clicks', 'b', Number.NEGATIVE_INFINITY, false], ['clicks', 'a', 250, false]]);
    expect(why.text).toMatch(/split "b" of "clicks", which has given no event time yet/);
    await job.stop();
  });
  it('says how far the lowest split is short, of one key', async () => {
    const { t, a, b, perUrl } = counted();
    const job = await t.run(perUrl);
    a.push({ url: '/', at: 10 });
    a.push({ url: '/docs', at: 250 });
    b.push({ url: '/', at: 60 });
    await job.settle();
    expect(job.why('per-url', '/').open.map(o => o.until)).toEqual([100]);
    expect(job.why('per-url', '/docs').waitingFor).toBe(300);
    expect(job.why('per-url', '/docs').reasons).toEqual([
      'window [200, 300) fires when the watermark reaches 300, 240ms from now in event time, and takes late records until 350.',
      'The lowest watermark is that of split "b" of "clicks": 60, 240ms short. It is not idle.',
      '1 other is ahead, up to 250.',
    ]);
    expect(job.why('per-url', 'never').text).toBe('per-url of key "never": watermark 60\n- Nothing is open for key "never": it has no record here, or what it had has fired.\n- The lowest watermark is that of split "b" of "clicks": 60. It is not idle.\n- 1 other is ahead, up to 250.');
    await job.stop();
  });
  it('tells who is idle, and when all are', async () => {
    const { t, a, b, perUrl } = counted({ idle: '1s' });
    const job = await t.run(perUrl);
    a.push({ url: '/', at: 10 });
    await job.advance('2s');
    expect(job.why('per-url').text).toMatch(/All 2 splits are idle, so the watermark stays/);
    expect(job.why('per-url').idle).toBe(true);
    b.push({ url: '/', at: 60 });
    await job.settle();
    expect(job.why('per-url').reasons.slice(1)).toEqual(['The lowest watermark is that of split "b" of "clicks": 60, 40ms short. It is not idle.', '1 is idle and left out.']);
    expect(job.metrics().steps['clicks']).toMatchObject({ idle: false });
    await job.stop();
  });
  it('tells who waits for others', async () => {
    const { t, a, b, perUrl } = counted({ maxDrift: 100 });
    const job = await t.run(perUrl);
    b.push({ url: '/', at: 1 });
    for (const at of [10, 250, 400]) a.push({ url: '/', at });
    await job.settle();
    expect(job.why('per-url').splits.map(s => [s.split, s.aligned, s.backPressured])).toEqual([['b', false, []], ['a', true, []]]);
    expect(job.why('per-url').text).toMatch(/1 other is ahead, up to 250; 1 of them waits, aligned by `maxDrift`\./);
    await job.stop();
  });
  it('tells what is full below', async () => {
    const clock = virtualClock();
    const stuck = recorder<unknown>({ write: () => new Promise(() => {}) });
    const job = await begin(Stream.generate(n => ({ at: n }), { count: 100_000, name: 'many' }).timestamps(r => r.at).keyBy(r => r.at % 3).window(tumbling(3)).aggregate(count(), { name: 'each' }).to(stuck, { name: 'stuck' }), clock);
    await clock.advance('1s');
    const [split] = job.why('each').splits;
    expect(split?.backPressured).toContain('stuck');
    expect(job.why('each').text).toMatch(/what fires is on its way, but "stuck" below is full/);
    job.crash();
  });
  it('an unknown step is an error that lists those there are', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from([1], { name: 'one' }).to(toArray<number>([]), { name: 'out' }), clock);
    expect(() => job.why('two')).toThrow(MillraceError);
    expect(() => job.why('two')).toThrow('There is no step "two". There are: "one", "out".');
    expect(job.why('out').splits).toMatchObject([{ source: 'one', split: '0' }]);
    await clock.finish(job.done);
  });
  it('a process tells its timers', async () => {
    const t = testing();
    const ticks = t.source<string>('ticks');
    const out = t.collect(
      Stream.from<string>(ticks, { name: 'ticks' }).keyBy(key => key).process({ name: 'waits', emits: {}, init: () => ({}), onData: (_s, _v, context) => context.timer('timeout', context.time + 1_000) }),
    );
    const job = await t.run(out);
    ticks.push('a', 5);
    ticks.watermark(5);
    await job.settle();
    expect(job.why('waits', 'a').open).toEqual([{ what: 'timer "timeout"', until: 1_005, domain: 'event' }]);
    expect(job.why('waits').waitingFor).toBe(1_005);
    await job.stop();
  });
});
