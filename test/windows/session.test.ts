import { Stream, count, session, type Windows } from 'millrace';
import { windowsSuite } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

const merging = (windows: Windows) => {
  if (windows.kind !== 'merging') throw new Error('not merging');
  return windows;
};
interface Click {
  readonly at: number;
  readonly gap: number;
}

describe('session windows', () => {
  for (const { name, run } of [...windowsSuite(() => session('10s')), ...windowsSuite(() => session(3, { merge: 'touch' }))]) it(name, run);

  it('of records exactly one gap apart are two, or with touch one', () => {
    const [a, b] = [{ start: 0, end: 10 }, { start: 10, end: 20 }];
    expect(merging(session(10)).joins(a, b)).toBe(false);
    expect(merging(session(10, { merge: 'touch' })).joins(a, b)).toBe(true);
  });
  it('may have a gap by record', async () => {
    const clicks: Click[] = [{ at: 0, gap: 5 }, { at: 4, gap: 100 }, { at: 90, gap: 1 }, { at: 104, gap: 1 }];
    const results = await Stream.from(clicks).timestamps(click => click.at).window(session<Click>(click => click.gap)).aggregate(count()).collect();
    expect(results.map(({ window, value }) => [window.start, window.end, value])).toEqual([[0, 104, 3], [104, 105, 1]]);
  });
  it('a gap that is none fails its record', async () => {
    const results = Stream.from([{ at: 0, gap: 5 }, { at: 1, gap: -1 }, { at: 2, gap: Number.NaN }]).timestamps(click => click.at).window(session<Click>(click => click.gap)).aggregate(count(), { onError: 'skip' });
    expect((await results.collect()).map(({ value }) => value)).toEqual([1]);
  });
  it.each([
    [session(0), 'gap is 0'],
    [session('soon' as '1s'), 'gap is soon'],
    [session('1m', { max: 0 }), 'greatest length'],
    [session('1m', { merge: 'near' as 'touch' }), "neither 'overlap' nor 'touch'"],
  ])('%# is refused', (windows, message) => expect(windows.problems).toEqual([expect.stringContaining(message)]));
  it('say what they are', () => expect([session('30m').name, session(5, { merge: 'touch', max: '1h' }).name, session(() => 1).name]).toEqual(['session(30m)', 'session(5, touch, max 1h)', 'session(by record)']));
});
