import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Stream, count, toArray, tumbling, type Output } from '../../src/index.js';
import { check } from '../../src/plan/check.js';
import { planOf } from '../../src/plan/plan.js';

const out = (): ReturnType<typeof toArray<unknown>> => toArray<unknown>([]);
const found = (durable: boolean, ...outputs: readonly Output[]): readonly string[] => check(planOf(outputs.flatMap(o => o.sinks)), durable).map(p => `${p.code} ${p.where}`);
const a = (): Stream<number> => Stream.from([1], { name: 'a' });
const b = (): Stream<number> => Stream.from([2], { name: 'b' });
const windows = (of: Stream<number>, name?: string): Stream<unknown> => of.keyBy(n => n).window(tumbling(1)).aggregate(count(), { name });

describe('what is wrong with a plan', () => {
  it('nothing, if nothing is', () => {
    expect(found(true, windows(a().timestamps(n => n), 'w').to(out(), { name: 'end' }))).toEqual([]);
  });
  it('no output', () => expect(found(false)).toEqual(['no-output run']));
  it('a name given twice, once each however often', () => {
    expect(found(false, a().map(n => n, { name: 'x' }).map(n => n, { name: 'x' }).map(n => n, { name: 'x' }).to(out(), { name: 'a' })).toSorted()).toEqual(['duplicate-name a', 'duplicate-name x']);
  });
  it('the problems of a step stand at its id', () => {
    expect(found(false, a().mapAsync(async n => n, { concurrency: 0 }).to(out()))).toEqual(['option mapAsync']);
  });
  it('timestamps below a merge or a keyed step', () => {
    expect(found(false, a().merge(b()).map(n => n).timestamps(n => n).to(out()))).toEqual(['timestamps-below-merge timestamps']);
    expect(found(false, windows(a()).timestamps(() => 0, { name: 't' }).to(out()))).toEqual(['timestamps-below-keyed t']);
    expect(found(false, a().merge(b()).pipe(map(n => n)).timestamps(n => n).to(out()))).toEqual([]);
  });
  it('a window below RxJS code, unless timestamps stands between', () => {
    expect(found(false, windows(a().pipe(map(n => n)).map(n => n), 'w').to(out()))).toEqual(['no-event-time w']);
    expect(found(false, windows(a().pipe(map(n => n)).timestamps(n => n)).to(out()))).toEqual([]);
  });
  it('concat of one source with itself', () => {
    const one = a();
    expect(found(false, one.map(n => n).concat(one).to(out()))).toEqual(['concat-shared-source concat']);
    expect(found(false, a().concat(b()).to(out()))).toEqual([]);
  });
  it('what is kept durably needs names; the rest does not', () => {
    expect(found(true, windows(Stream.from([1]).map(n => n)).to(out()))).toEqual(['unnamed-step from', 'unnamed-step aggregate', 'unnamed-step toArray']);
  });
  it('all of it at once', () => {
    expect(found(true, a().merge(b(), { name: 'a' }).timestamps(n => n).to(out())).map(p => p.split(' ')[0])).toEqual(['duplicate-name', 'timestamps-below-merge', 'unnamed-step']);
  });
});
