import { describe, expect, expectTypeOf, it } from 'vitest';
import { Stream, toArray, type, type ConfigurationError } from '../../src/index.js';
import { errorOf, runAll, valuesOf } from '../operators/kit.js';

const keyed = Stream.from([{ k: 'a', n: 1 }, { k: 'b', n: 2 }, { k: 'a', n: 3 }]).timestamps(r => r.n).keyBy(r => r.k);

describe('process', () => {
  it('keeps state per key, changed in place or returned', async () => {
    const place = keyed.process({ name: 'p', emits: type<string>(), init: () => ({ sum: 0 }), onData(state, r, c) { state.sum += r.n; c.emit(`${c.key}${state.sum}`); } });
    const returned = keyed.process({ name: 'r', emits: type<string>(), init: () => 0, onData: (state: number, r, c) => { c.emit(`${c.key}${state + r.n}`); return state + r.n; } });
    expect([await valuesOf(place), await valuesOf(returned)]).toEqual([['a1', 'b2', 'a4'], ['a1', 'b2', 'a4']]);
  });
  it('timers fire in order of time, sides go their own way, whatever their name', async () => {
    const [main, side]: [string[], number[]] = [[], []];
    const p = keyed.process({
      name: 'p', emits: type<string>(), sides: { rejected: type<number>() }, init: () => 0,
      onData: (_s, r, c) => { c.timer('t', r.n + 10); c.side('rejected', r.n); },
      onTimer: (_s, timer, c) => c.emit(`${c.key} ${timer} ${c.time}`),
    });
    await runAll([p.to(toArray(main)), p.side('rejected').to(toArray(side))]);
    expect([main, side]).toEqual([['b t 12', 'a t 13'], [1, 2, 3]]);
  });
  it('skip and dead letters need atomic', async () => {
    const p = (atomic: boolean): Stream<number> => keyed.process({ name: 'p', emits: type<number>(), atomic, onError: 'skip', init: () => 0, onData: (_s, r, c) => { c.emit(r.n); if (r.n === 2) throw new Error('two'); } });
    const error = await errorOf(p(false).collect());
    expect((error as ConfigurationError).problems.map(x => [x.code, x.where])).toEqual([['process-not-atomic', 'p']]);
    expect(await valuesOf(p(true))).toEqual([1, 3]);
  });
  it('types', () => {
    const p = keyed.process({ name: 'p', emits: type<{ card: string }>(), sides: { audit: type<{ n: number }>() }, init: () => 0, onData(_s, r, c) {
      expectTypeOf(r).toEqualTypeOf<{ k: string; n: number }>();
      expectTypeOf(c.key).toEqualTypeOf<string>();
      // @ts-expect-error it emits cards
      c.emit('x');
      // @ts-expect-error no such side
      c.side('other', { n: 1 });
    } });
    expectTypeOf(p.side('audit')).toEqualTypeOf<Stream<{ n: number }>>();
    // @ts-expect-error no such side
    p.side('other');
  });
});
