/** The cases of other engines that concern inputs and splits that meet, as data. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Stream, type IdleRules, type Time } from '../../src/index.js';
import { testing, type TestJob } from '../../src/testing/index.js';

interface Case {
  readonly id: string;
  readonly params: { readonly inputs?: number; readonly lag?: number; readonly wait?: number; readonly idleTimeoutMs?: number };
  readonly input: readonly { readonly op: string; readonly ts?: Time; readonly stream?: string; readonly partition?: number; readonly count?: number }[];
  readonly expected: readonly { readonly after: number; readonly watermark?: Time; readonly status?: 'idle' | 'active' }[];
}
const { cases } = JSON.parse(readFileSync(new URL('meeting.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] };

/** What came out of a step: a new watermark, a new status. */
const watched = (job: TestJob): (() => readonly object[]) => {
  let before = { watermark: Number.NEGATIVE_INFINITY, idle: false };
  return () => {
    const { watermark = Number.NEGATIVE_INFINITY, idle = false } = job.metrics().steps['out'] ?? {};
    const news = [...(watermark > before.watermark ? [{ watermark }] : []), ...(idle === before.idle ? [] : [{ status: idle ? 'idle' : 'active' }])];
    before = { watermark, idle };
    return news;
  };
};
const FLINK: IdleRules = { allIdle: 'flush', waking: 'catchUp' };
const HAZELCAST: IdleRules = { allIdle: 'flush' };

describe('inputs that meet, by the cases of other engines', () => {
  it.each(cases.filter(c => c.params.inputs !== undefined).map(c => [c.id, c] as const))('%s', async (id, { params, input, expected }) => {
    const rules = id.startsWith('flink') ? FLINK : HAZELCAST;
    const t = testing();
    const sources = Array.from({ length: params.inputs ?? 1 }, (_, i) => t.source<string>(`in${i}`));
    const merged = sources.map(s => Stream.from<string>(s)).reduce((a, b) => a.merge(b, rules));
    const job = await t.run(t.collect(merged, { name: 'out' }));
    const news = watched(job);
    for (const [step, { op, ts, stream }] of input.entries()) {
      const source = t.source<string>(stream ?? '');
      if (op === 'watermark') source.watermark(ts ?? 0);
      else if (op === 'idle') source.idle({ until: rules === FLINK ? 'active' : undefined });
      else if (op === 'active') source.active();
      else if (op === 'activity') source.push('activity', 0);
      else if (op === 'endInput') source.end();
      await job.settle();
      // At the end of everything time ends too, here as in Flink.
      const found = news().filter(n => !('watermark' in n && n.watermark === Number.POSITIVE_INFINITY) && !('status' in n && n.status === 'active' && rules === HAZELCAST)); // which has no word for it
      expect([step, found]).toEqual([step, expected.filter(e => e.after === step).map(e => ({ ...(e.watermark === undefined ? {} : { watermark: e.watermark }), ...(e.status === undefined ? {} : { status: e.status }) }))]);
    }
    await job.stop();
  });

  it.each(cases.filter(c => c.params.inputs === undefined).map(c => [c.id, c] as const))('%s', async (_id, { params, input, expected }) => {
    // Seconds there, milliseconds here, so that silence is longer than the shortest that can be noticed.
    const unit = params.wait === undefined ? 1 : 1_000;
    const t = testing();
    const source = t.source<Time>('in');
    const splits = Array.from({ length: input.find(i => i.op === 'addPartitions')?.count ?? 1 }, (_, i) => source.split(String(i)));
    const timed = Stream.from<Time>(source, { name: 'in' }).timestamps(at => at, { name: 'times', disorder: (params.lag ?? params.wait ?? 0) * unit, ...(params.wait === undefined ? {} : { progress: '250ms' }), ...((params.idleTimeoutMs ?? 0) > 0 ? { idle: params.idleTimeoutMs ?? 0 } : {}) });
    const job = await t.run(t.collect(timed, { name: 'out' }));
    const news = watched(job);
    for (const [step, { op, ts = 0, partition }] of input.entries()) {
      if (op === 'record') splits[partition ?? 0]?.push(ts * unit);
      else if (op === 'processingTime') await job.advance(ts * unit - t.clock.now());
      else if (op === 'restoreWatermark') {
        splits[partition ?? 0]?.push(ts * unit);
        await job.checkpoint();
        await job.crash();
        news();
      }
      await job.settle();
      const found = news().filter(n => 'watermark' in n);
      expect([step, found]).toEqual([step, expected.filter(e => e.after === step && e.watermark !== undefined).map(e => ({ watermark: (e.watermark ?? 0) * unit }))]);
    }
    await job.stop();
  });
});
