import { describe, expect, it } from 'vitest';
import { openInlet } from '../../src/compile/inlet.js';
import type { Runtime } from '../../src/compile/runtime.js';
import { StepError } from '../../src/core/errors.js';
import type { Failure } from '../../src/core/stage.js';
import { Stream } from '../../src/index.js';

/** The few words of the runtime an inlet speaks. */
const opened = (bound = 2, turns = Number.POSITIVE_INFINITY) => {
  const log: unknown[] = [];
  let soon = 0;
  const meter = { queues: [] as unknown[] };
  const runtime = { soon: () => void soon++, meter: () => meter, addEntry: () => {}, origin: undefined, pace: { go: () => --turns > 0 }, plan: { idOf: () => 'step' } } as unknown as Runtime;
  const below = { data: (v: unknown, t: number) => void log.push([v, t]), watermark: (t: number) => (log.push(t), true), idle: () => void log.push('idle'), end: () => void log.push('end') };
  const { step } = Stream.from([1]).node.input;
  return { log, soon: () => soon, meter, ...openInlet({ runtime, step, split: undefined, below, bound, failed: f => void log.push(f.input) }) };
};

describe('an inlet', () => {
  it('hands on in order, in the turn of the runner only', () => {
    const { inlet, entry, log, soon } = opened(10);
    inlet.offer('a', 1, undefined);
    inlet.watermark(1);
    inlet.fail({ input: 'bad' } as Failure);
    inlet.idle();
    inlet.end();
    expect([log, soon(), entry.depth()]).toEqual([[], 5, 5]);
    expect(entry.serve()).toBe(true);
    expect([log, entry.depth(), entry.serve()]).toEqual([[['a', 1], 1, 'bad', 'idle', 'end'], 0, false]);
  });
  it('says when it is full, keeps what is offered all the same, and calls when there is room', () => {
    const { inlet, entry, log } = opened(2);
    let calls = 0;
    expect([inlet.offer(1, 0, undefined), inlet.ready(), inlet.offer(2, 0, undefined), inlet.ready(), inlet.offer(3, 0, undefined)]).toEqual([true, true, false, false, false]);
    inlet.onReady(() => calls++);
    expect(calls).toBe(0);
    entry.serve();
    expect([calls, log.length]).toEqual([1, 3]);
    inlet.onReady(() => calls++);
    expect(calls).toBe(2);
  });
  it('watermarks side by side are one, the higher', () => {
    const { inlet, entry, log } = opened();
    for (const time of [3, 9, 5]) inlet.watermark(time);
    entry.serve();
    expect(log).toEqual([9]);
  });
  it('stops when the turn is over and goes on in the next', () => {
    const { inlet, entry, log } = opened(10, 2);
    for (const n of [1, 2, 3]) inlet.offer(n, n, undefined);
    entry.serve();
    expect([log.length, entry.depth()]).toEqual([2, 1]);
    entry.serve();
    expect(log).toEqual([[1, 1], [2, 2], [3, 3]]);
  });
  it('abort fails the job with its step', () => {
    const { inlet, entry } = opened();
    inlet.abort(new Error('broken'));
    expect(() => entry.serve()).toThrow(StepError);
  });
});
