import { expect, it } from 'vitest';
import { virtualClock } from 'millrace/testing';
import { readBuffer } from '../../src/runners/buffer.js';

it('answers a reader that waits within a second, with one timer for all that wait', async () => {
  const clock = virtualClock(0);
  let sleeps = 0;
  const buffer = readBuffer<number>({ clock: { ...clock, sleep: (ms, signal) => (sleeps++, clock.sleep(ms, signal)) }, random: () => 0, signal: new AbortController().signal });
  for (let i = 0; i < 100; i++) {
    const answer = buffer.wait(10);
    buffer.put(i);
    expect(await answer).toMatchObject({ values: [i], position: i + 1 });
  }
  expect(sleeps).toBe(1);
  // One that waits when the timer of another is half over is answered earlier, never later.
  await clock.advance(500);
  const early = buffer.wait(10);
  await clock.advance(500);
  expect(await early).toBe('idle');
  const late = Promise.resolve(buffer.wait(10));
  let answered = false;
  void late.then(() => (answered = true));
  await clock.advance(999);
  expect(answered).toBe(false);
  await clock.advance(1);
  expect(await late).toBe('idle');
  expect(sleeps).toBe(2);
});
it('answers at once when its job ends', async () => {
  const over = new AbortController();
  const buffer = readBuffer<number>({ clock: virtualClock(0), random: () => 0, signal: over.signal });
  const answer = buffer.wait(10);
  over.abort();
  expect(await answer).toBe('idle');
});
