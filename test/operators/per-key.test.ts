import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, toArray, type, type Rejected } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, runAll, scripted, stepErrorOf, unlucky, valuesOf } from './kit.js';

const out = type<string>();

describe('perKey', () => {
  it('one state per key, in place or replaced, keys interleaved', async () => {
    const input = [['a', 1], ['b', 2], ['a', 3], ['b', 4]] as const;
    const inPlace = Stream.from(input).keyBy(r => r[0]).process({ name: 'p', emits: out, init: () => ({ n: 0 }), onData: (s, r, c) => { s.n += r[1]; c.emit(`${c.key}${s.n}`); } });
    const replaced = Stream.from(input).keyBy(r => r[0]).process({ name: 'p', emits: out, init: () => 0, onData: (s, r, c) => { c.emit(`${c.key}${s + r[1]}`); return s + r[1]; } });
    for (const stream of [inPlace, replaced]) expect(await valuesOf(stream)).toEqual(['a1', 'b2', 'a4', 'b6']);
  });
  it('timers fire in order of time, then of setting; a moved one once; a cancelled one never', async () => {
    const fired: string[] = [];
    await valuesOf(
      Stream.from([0, 100]).timestamps(n => n).keyBy(() => 'k').process({
        name: 'p', emits: out, init: () => ({}),
        onData(_, n, c) { if (n === 0) { c.timer('late', 50); c.timer('b', 20); c.timer('a', 20); c.timer('gone', 10); c.cancel('gone'); c.timer('moved', 90); c.timer('moved', 5); } },
        onTimer: (_, name, c) => void fired.push(`${name}@${c.time}`),
      }),
    );
    expect(fired).toEqual(['moved@5', 'b@20', 'a@20', 'late@50']);
  });
  it('processing-time timers follow the clock', async () => {
    const clock = virtualClock(1_000);
    const values: string[] = [];
    const job = await begin(Stream.from(scripted<number>([[1], 'never'])).keyBy(() => 'k').process({ name: 'p', emits: out, init: () => ({}), onData: (_, __, c) => c.timer('t', c.now + 5_000, 'processing'), onTimer: (_, name, c) => c.emit(`${name}@${c.now}`) }).to(toArray(values)), clock);
    await clock.advance(4_999);
    expect(values).toEqual([]);
    await clock.advance(1);
    expect(values).toEqual(['t@6000']);
    await clock.finish(job.stop());
  });
  it('done forgets the key with its timers and rows', async () => {
    const values = await valuesOf(
      Stream.from([1, 0, 1]).timestamps((_n: number) => 5).keyBy(() => 'k').process({
        name: 'p', emits: out, init: () => ({ n: 0, over: false }),
        onData(s, n, c) { s.n++; s.over = n === 0; const rows = c.rows<number>('r'); rows.set(s.n, n); if (!s.over) c.emit(`${s.n}:${[...rows.range()].length}`); c.timer('t', 10); },
        onTimer: (s, _, c) => c.emit(`timer ${s.n}`),
        done: s => s.over,
      }),
    );
    expect(values).toEqual(['1:1', '1:1', 'timer 1']);
  });
  it.each([['onData', 2], ['onTimer', undefined], ['init', 1]] as const)('a throw in `%s` fails the step; below it, the step below', async (where, input) => {
    const stream = Stream.from([1, 2]).timestamps(n => n).keyBy(() => 'k').process({ name: 'p', emits: out, init: () => (where === 'init' ? unlucky(1) : {}), onData: (_, n, c) => { c.timer('t', 50); if (where === 'onData' && n === 2) unlucky(n); }, onTimer: () => void (where === 'onTimer' && unlucky(1)) });
    const clock = virtualClock();
    const job = await begin(stream.to(toArray<string>([])), clock);
    expect((await stepErrorOf(clock.finish(job.done), 'p')).input).toBe(input);
    const below = Stream.from([1]).keyBy(() => 'k').process({ name: 'p', emits: type<number>(), init: () => ({}), onData: (_, n, c) => c.emit(n) }).map(unlucky, { name: 'below' });
    await stepErrorOf(runAll(below.to(toArray<never>([]))), 'below');
  });
  it('atomic: a call that throws leaves nothing behind', async () => {
    const dead: Rejected<number>[] = [];
    const values: string[] = [];
    await runAll(
      Stream.from([1, 13, 2]).keyBy(() => 'k').process({
        name: 'p', emits: out, atomic: true, onError: r => r.to(toArray(dead)), init: () => ({ n: 0 }),
        onData(s, n, c) { s.n += n; c.rows<number>('r').set('x', n); c.emit(`${s.n}`); if (n === 13) unlucky(n); c.emit(`row ${c.rows<number>('r').get('x')}`); },
      }).to(toArray(values)),
    );
    expect(values).toEqual(['1', 'row 1', '3', 'row 2']);
    expect(dead.map(r => r.input)).toEqual([13]);
  });
  it('skip without atomic is a configuration error', async () => {
    const stream = Stream.from([1]).keyBy(() => 'k').process({ name: 'p', emits: out, onError: 'skip', init: () => ({}), onData: () => {} });
    expect(await errorOf(valuesOf(stream))).toBeInstanceOf(ConfigurationError);
  });
  it('side outputs have names and types of their own', async () => {
    const [main, side]: [string[], number[]] = [[], []];
    const p = Stream.from([1, 2]).keyBy(() => 'k').process({ name: 'p', emits: out, sides: { odd: type<number>() }, init: () => ({}), onData: (_, n, c) => (n % 2 ? c.side('odd', n) : c.emit(`${n}`)) });
    await runAll([p.to(toArray(main)), p.side('odd').to(toArray(side))]);
    expect([main, side]).toEqual([['2'], [1]]);
  });
});
