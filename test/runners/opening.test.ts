import { describe, expect, it } from 'vitest';
import { Stream, memory, toArray, type Sink, type StateBackend, type StateStore } from 'millrace';
import { startJob } from '../../src/runners/local.js';
import { planOf } from '../../src/plan/plan.js';
import { testing, virtualClock } from 'millrace/testing';

const never = <T>(): Promise<T> => new Promise<T>(() => {});
const planTo = (sink: Sink<number>) => planOf(Stream.from([1, 2]).to(sink).sinks);

describe('opening', () => {
  it('of a sink that never opens ends with its name when the time is up, and what was opened is closed', async () => {
    const clock = virtualClock(0);
    const closed: string[] = [];
    const inner = memory();
    const state: StateBackend = {
      async open(job, environment) {
        const store: StateStore = await inner.open(job, environment);
        return { ...store, close: async () => void closed.push('state') };
      },
    };
    const sink: Sink<number> = { name: 'stuck', guarantee: 'append', open: never };
    const job = Promise.resolve(startJob(planTo(sink), { state, checkpoint: { timeout: '5s' } }, { clock, random: () => 0.5 }));
    await expect(clock.finish(job)).rejects.toMatchObject({ step: 'stuck', cause: { code: 'timeout' } });
    expect([clock.now(), closed]).toEqual([5_000, ['state']]);
  });
  it('is given up when the signal is aborted; what opens afterwards is closed', async () => {
    const control = new AbortController();
    let opened: ((store: StateStore) => void) | undefined;
    let closed = 0;
    const state: StateBackend = { open: () => new Promise(resolve => (opened = resolve)) };
    const job = testing().run(Stream.from([1]).to(toArray<number>([])), { state, signal: control.signal });
    job.catch(() => {});
    await new Promise(resolve => setImmediate(resolve));
    control.abort(new Error('not today'));
    await expect(job).rejects.toThrow('not today');
    const store = await memory().open('x', { clock: virtualClock(0), random: () => 0, signal: control.signal });
    opened?.({ ...store, close: async () => void closed++ });
    await new Promise(resolve => setImmediate(resolve));
    expect(closed).toBe(1);
  });
});
