import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../src/testing/virtual-clock.js';

describe('the virtual clock', () => {
  it('stands still', async () => {
    const clock = virtualClock(500);
    await clock.settle();
    const before = clock.monotonic();
    await clock.settle();
    expect([clock.now(), clock.monotonic() - before]).toEqual([500, 0]);
  });

  it('fires timers in order of time, then as they were set, each at its own time', async () => {
    const clock = virtualClock();
    const fired: [string, number][] = [];
    const arm = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      fired.push([name, clock.now()]);
    };
    const all = [arm('c', 30), arm('a', 10), arm('b', 20), arm('b2', 20), arm('later', 31)];
    await clock.advance(30);
    expect(fired).toEqual([['a', 10], ['b', 20], ['b2', 20], ['c', 30]]);
    expect(clock.now()).toBe(30);
    await clock.advance('1ms');
    expect(fired.at(-1)).toEqual(['later', 31]);
    await Promise.all(all);
  });

  it('follows promise chains to their ends, and the timers they set', async () => {
    const clock = virtualClock();
    const seen: number[] = [];
    const walk = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        for (let j = 0; j < 1_000; j++) await Promise.resolve();
        await clock.sleep(100);
        seen.push(clock.now());
      }
    };
    const walking = walk();
    await clock.advance(450);
    expect(seen).toEqual([100, 200, 300, 400]);
    await clock.advance(50);
    await walking;
  });

  it('sleeps longer than real timers can', async () => {
    const clock = virtualClock();
    let awake = false;
    void clock.sleep(400 * 86_400_000).then(() => (awake = true));
    await clock.advance('399d');
    expect(awake).toBe(false);
    await clock.advance('1d');
    expect(awake).toBe(true);
  });

  it('wakes no sleeper before its time, whoever sleeps beside it', async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    for (let i = 0; i < 500; i++) {
      const ms = (i * 7_919) % 1_009;
      void clock.sleep(ms).then(() => fired.push(clock.now() - ms));
    }
    await clock.advance(2_000);
    expect(fired).toHaveLength(500);
    expect(new Set(fired)).toEqual(new Set([0]));
  });

  it('gives a sleeper up with the reason of its signal', async () => {
    const clock = virtualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(10, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleep(10, abort.signal)).rejects.toThrow('enough');
    await clock.advance(20);
  });

  it('ticks until told to stop, also from within', async () => {
    const clock = virtualClock();
    const ticks: number[] = [];
    const stop = clock.every(10, () => {
      ticks.push(clock.now());
      if (ticks.length === 3) stop();
    });
    await clock.advance(100);
    expect(ticks).toEqual([10, 20, 30]);
  });

  it('defers to a turn of its own, costs no time, and can be told not to', async () => {
    const clock = virtualClock();
    const order: string[] = [];
    clock.defer(() => order.push('deferred'));
    clock.defer(() => order.push('never'))();
    void Promise.resolve().then(() => order.push('promise'));
    expect(order).toEqual([]);
    await clock.settle();
    expect(order).toEqual(['promise', 'deferred']);
    expect(clock.now()).toBe(0);
  });

  it('waits for file operations under way', async () => {
    const clock = virtualClock();
    let text = '';
    void readFile(fileURLToPath(import.meta.url), 'utf8').then(found => (text = found));
    await clock.settle();
    expect(text).toContain('waits for file operations');
  });

  it('lets time pass until a promise is settled', async () => {
    const clock = virtualClock();
    expect(await clock.finish(clock.sleep(1_000).then(() => clock.sleep(500)).then(() => 'done'))).toBe('done');
    expect(clock.now()).toBe(1_500);
    await expect(clock.finish(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('says so when something never comes to rest', async () => {
    const clock = virtualClock();
    let stop = false;
    const again = (): void => {
      if (!stop) clock.defer(again);
    };
    again();
    await expect(clock.settle()).rejects.toMatchObject({ code: 'never-rests' });
    stop = true;
  });

  it.each([-1, Number.NaN, '-5s', 'soon', Number.POSITIVE_INFINITY])('does not advance by %s', async by => {
    await expect(virtualClock().advance(by as number)).rejects.toMatchObject({ code: 'duration' });
  });
});
