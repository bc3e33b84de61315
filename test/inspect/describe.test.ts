import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Stream, count, describe as describeOutputs, toArray, tumbling } from '../../src/index.js';

const out = (): ReturnType<typeof toArray<unknown>> => toArray<unknown>([]);

describe('describe', () => {
  const [yes, no] = Stream.from([1], { name: 'in' }).timestamps(n => n).split(n => n > 0, { onError: 'skip' });
  const outputs = [yes.keyBy(n => n).window(tumbling(10)).aggregate(count(), { name: 'counts' }).to(out(), { name: 'a' }), no.to(out(), { name: 'b' })];
  it('text: a line per step, upstream first, with what feeds it', () => {
    const lines = describeOutputs(outputs).split('\n');
    expect(lines.map(l => l.split(/ \(| <- /)[0])).toEqual(['from "in"', 'timestamps', 'split', 'aggregate "counts"', 'toArray "a"', 'toArray "b"']);
    expect(lines[2]).toContain('skips failures');
    expect(lines[2]).toMatch(/<- timestamps$/);
    expect(lines[5]).toMatch(/<- split\.\w+$/);
  });
  it('says what has no event time, what is opaque, what cannot be read again', () => {
    const iterator = (async function* () { yield 1; })();
    const text = Stream.from(iterator).pipe(map(n => n)).describe();
    expect(text).toContain('cannot be read again');
    expect(text).toContain('opaque');
    expect(text).toContain('no event time: from');
    expect(describeOutputs(outputs)).not.toContain('time of reading');
  });
  it('mermaid: a node per step, an arrow per edge, texts escaped', () => {
    const chart = describeOutputs(outputs, 'mermaid').split('\n');
    expect(chart[0]).toBe('flowchart TD');
    expect(chart.filter(l => /^ {2}s\d+[[(]/.test(l))).toHaveLength(6);
    expect(chart.filter(l => l.includes('-->'))).toHaveLength(5);
    expect(chart.some(l => l.includes('#quot;counts#quot;'))).toBe(true);
    expect(Stream.from([1]).map(n => n, { name: '<b>' }).describe('mermaid')).toContain('#lt;b#gt;');
  });
});
