/** Names of timers and rows, and how often a table is told; what panes do is tested through the stages that are made of them. */
import { Stream, count, tumbling } from 'millrace';
import { testing } from 'millrace/testing';
import { describe, expect, it } from 'vitest';
import { placeOf, windowOfTimer } from '../../src/windows/pane.js';

describe('a window in a name', () => {
  it('is found again', () => {
    expect(windowOfTimer('-10:5@3')).toEqual({ start: -10, end: 5 });
    expect(windowOfTimer('-Infinity:Infinity@3')).toEqual({ start: -Infinity, end: Infinity });
    expect([windowOfTimer('#'), windowOfTimer('oldest')]).toEqual([undefined, undefined]);
  });
  it('and in the key of a row', () => {
    expect(placeOf(['k', 0, 10], true)).toEqual({ key: 'k', window: { start: 0, end: 10 } });
    expect(placeOf([0, 10], false)).toEqual({ key: 0, window: { start: 0, end: 10 } });
    expect(placeOf('k', true).window).toEqual({ start: Number.NaN, end: Number.NaN });
  });
});

describe('a table of windows', () => {
  it('is told every so long, counted from the first change that is not told, and at the end', async () => {
    const t = testing();
    const source = t.source<number>('times');
    const table = Stream.from(source).window(tumbling(100)).table(count(), { name: 'counts', every: '5ms' });
    const out = t.collect(table.changes());
    const job = await t.run(out);
    source.push(1, 1);
    await job.advance(3);
    source.push(2, 2);
    await job.advance(2);
    expect(out.values).toEqual([{ key: [0, 100], before: undefined, after: 2 }]);
    source.push(3, 3);
    source.watermark(100);
    await job.settle();
    expect(out.records.map(({ value, time }) => [value.before, value.after, time])).toEqual([[undefined, 2, 2], [2, 3, 3]]);
    expect(table.get([0, 100])).toBeUndefined();
    await job.stop();
  });
});
