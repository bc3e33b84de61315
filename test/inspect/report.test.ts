import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Stream, count, toArray, tumbling, type Sink, type Output } from '../../src/index.js';
import { reportOf } from '../../src/inspect/report.js';
import { planOf } from '../../src/plan/plan.js';

const into = (guarantee: Sink<unknown>['guarantee']): Sink<unknown> => ({ ...toArray<unknown>([]), guarantee });
const report = (output: Output, recovers = true): ReturnType<typeof reportOf> => reportOf('j', planOf(output.sinks), recovers);
const promised = (output: Output, recovers?: boolean): readonly string[] => report(output, recovers).sinks.map(s => s.guarantee);

describe('the start-up report', () => {
  const again = Stream.from([1]);
  it('promises what sink and sources allow', () => {
    expect(promised(again.to(into('transactional')))).toEqual(['exactly-once']);
    expect(promised(again.to(into('idempotent')))).toEqual(['exactly-once']);
    expect(promised(again.to(into('append')))).toEqual(['at-least-once']);
    expect(promised(again.to(into('transactional')), false)).toEqual(['at-most-once']);
    expect(promised(again.pipe(map(n => n)).to(into('transactional')))).toEqual(['at-most-once']);
    expect(promised(Stream.from((async function* () { yield 1; })()).to(into('transactional')))).toEqual(['at-most-once']);
  });
  it('every promise has its reason', () => {
    const { sinks } = report(again.pipe(map(n => n)).to(into('append'), { name: 'end' }));
    expect(sinks).toEqual([{ sink: 'end', guarantee: 'at-most-once', because: '"pipe" is RxJS code, which no checkpoint sees into' }]);
  });
  it('lists what is unnamed, opaque, without event time', () => {
    const windows = again.keyBy(n => n).window(tumbling(1)).aggregate(count());
    expect(report(windows.to(into('append')))).toMatchObject({ job: 'j', unnamed: ['aggregate'], opaque: [], ingestionTime: ['from'] });
    expect(report(again.pipe(map(n => n)).timestamps(n => n).to(into('append')))).toMatchObject({ unnamed: [], opaque: ['pipe'], ingestionTime: [] });
    expect(report(again.timestamps(n => n).merge(Stream.from([2], { name: 'bare' })).to(into('append'))).ingestionTime).toEqual(['bare']);
  });
});
