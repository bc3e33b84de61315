import { describe, expect, it } from 'vitest';
import { StepError, Stream, TimeoutError, toArray, type Sink } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, unlucky } from '../operators/kit.js';

const stuck: Sink<number> = { ...toArray<number>([]), open: () => ({ write: () => undefined, flush: async () => {}, close: () => new Promise<void>(() => {}) }) };

describe('closing that never comes back', () => {
  it('ends a good job with an error that names the step', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from([1]).to(stuck, { name: 'out' }), clock);
    const error = await errorOf(clock.finish(job.done));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ step: 'out', cause: expect.any(TimeoutError) as unknown });
  });
  it('leaves the first error of a failed job', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from([1]).map(unlucky, { name: 'm' }).to(stuck), clock);
    expect(await errorOf(clock.finish(job.done))).toMatchObject({ step: 'm' });
  });
});
describe('opening that fails', () => {
  it('aborts the signal of the environment', async () => {
    let signal: AbortSignal | undefined;
    const sink: Sink<number> = { ...toArray<number>([]), open: context => ((signal = context.environment.signal), unlucky(1)) };
    const clock = virtualClock();
    expect(await errorOf(begin(Stream.from([1]).to(sink), clock))).toBeInstanceOf(StepError);
    expect(signal?.aborted).toBe(true);
  });
});
