import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Stream, count, toArray, tumbling, type Output } from '../../src/index.js';
import { planOf, type Plan } from '../../src/plan/plan.js';
import type { Step } from '../../src/plan/step.js';

const out = (): ReturnType<typeof toArray<unknown>> => toArray<unknown>([]);
const plan = (...outputs: readonly Output[]): Plan => planOf(outputs.flatMap(o => o.sinks));
const ids = (of: Plan, steps: Iterable<Step> = of.steps): readonly string[] => [...steps].map(s => of.idOf(s));

describe('the plan of outputs', () => {
  it('has every step once, upstream first, however many outputs share it', () => {
    const shared = Stream.from([1]).map(n => n);
    const a = shared.to(out());
    const p = plan(a, shared.filter(() => true).to(out()), a);
    expect(ids(p)).toEqual(['from', 'map', 'toArray', 'filter', 'toArray-2']);
    expect(p.outputs).toHaveLength(2);
    expect(p.edgesFrom(shared.node.input.step).map(e => p.idOf(e.to))).toEqual(['toArray', 'filter']);
  });
  it('ids are names; numbers tell the unnamed apart and never take a name', () => {
    const p = plan(Stream.from([1], { name: 'map' }).map(n => n).map(n => n, { name: 'map-3' }).map(n => n).to(out(), { name: 'end' }));
    expect(ids(p)).toEqual(['map', 'map-2', 'map-3', 'map-4', 'end']);
  });
  it('below: the edges of one output', () => {
    const [yes, no] = Stream.from([1]).split(n => n > 0);
    const p = plan(yes.to(out(), { name: 'yes' }), no.to(out(), { name: 'no' }));
    const { step } = yes.node.input;
    expect(ids(p, p.below(step, undefined).map(e => e.to))).toEqual(['yes']);
    expect(ids(p, p.below(step, no.node.input.output).map(e => e.to))).toEqual(['no']);
  });
  it('feeding: through transforms, merges and keyed steps, up to what waits for itself', () => {
    const a = Stream.from([1], { name: 'a' }).mapAsync(async n => n, { concurrency: 1, name: 'calls' });
    const b = Stream.from([1], { name: 'b' }).map(n => n);
    const windows = a.merge(b).keyBy(n => n).window(tumbling(1)).aggregate(count(), { name: 'windows' });
    const p = plan(windows.to(out()));
    expect(ids(p, p.feeding([windows.map(r => r).node.input])).toSorted()).toEqual(['b', 'calls', 'windows']);
  });
  it('perSplit: timestamps and all above it, but nothing above RxJS code', () => {
    const timed = Stream.from([1], { name: 'a' }).map(n => n, { name: 'm' }).timestamps(n => n, { name: 't' });
    const p = plan(timed.map(n => n, { name: 'below' }).to(out()));
    expect(ids(p, p.perSplit).toSorted()).toEqual(['a', 'm', 't']);
    const opaque = plan(Stream.from([1]).pipe(map(n => n)).timestamps(n => n).to(out()));
    expect([...opaque.perSplit]).toEqual([]);
  });
  it('sourcesOf: every source above', () => {
    const both = Stream.from([1], { name: 'a' }).merge(Stream.from([2], { name: 'b' }));
    const p = plan(both.to(out()));
    expect(ids(p, p.sourcesOf(both.node.input.step))).toEqual(['a', 'b']);
  });
  it('a plan of thousands of steps is no recursion', () => {
    let long = Stream.from([1]);
    for (let i = 0; i < 20_000; i++) long = long.map(n => n);
    expect(plan(long.to(out())).steps).toHaveLength(20_002);
  });
});
