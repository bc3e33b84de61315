import { describe, expect, expectTypeOf, it } from 'vitest';
import { Stream, toArray, type, unchanged, type Rejected } from '../../src/index.js';
import { crashAfterEach, testing } from '../../src/testing/index.js';
import { runAll } from '../operators/kit.js';

const out = type<string>();
interface Rec { readonly k: string; readonly n: number }
type World = ReturnType<typeof testing>;

const sides = (t: World) =>
  t.collect(
    Stream.from(t.source<Rec>('left')).keyBy(r => r.k).connect(Stream.from(t.source<string>('right')).keyBy(k => k)).process({
      name: 'both', emits: out, init: () => ({ n: 0 }),
      onLeft(s, r, c) { s.n += r.n; c.timer('t', c.time + 10); c.emit(`${c.key} left ${s.n} wm ${c.watermark}`); },
      onRight(s, k, c) { c.emit(`${k} right ${s.n} wm ${c.watermark}`); },
      onTimer: (s, name, c) => c.emit(`${c.key} ${name}@${c.time} ${s.n}`),
    }),
  );

describe('connect, two keyed streams', () => {
  it('share one state per key; the watermark is the lower of the two; late records arrive', async () => {
    const t = testing();
    const seen = sides(t);
    const job = await t.run(seen);
    t.source<Rec>('left').push({ k: 'a', n: 1 }, 5);
    t.source<string>('right').push('a', 7);
    t.source<Rec>('left').watermark(17);
    await job.settle();
    expect(seen.values).toEqual(['a left 1 wm -Infinity', 'a right 1 wm -Infinity']);
    t.source<string>('right').watermark(20);
    await job.settle();
    t.source<Rec>('left').push({ k: 'a', n: 2 }, 12);
    await job.settle();
    expect(seen.values.slice(2)).toEqual(['a t@15 1', 'a left 3 wm 17']);
    await job.stop();
  });
  it('an empty side that has ended holds nothing back', async () => {
    const t = testing();
    const seen = sides(t);
    const job = await t.run(seen);
    t.source<string>('right').end();
    t.source<Rec>('left').push({ k: 'b', n: 1 }, 0);
    t.source<Rec>('left').watermark(10);
    await job.settle();
    expect(seen.values).toEqual(['b left 1 wm -Infinity', 'b t@10 1']);
    await job.stop();
  });
  it('survives a crash after every input, keys interleaved', () =>
    crashAfterEach(sides, t => {
      const [left, right] = [t.source<Rec>('left'), t.source<string>('right')];
      return [() => left.push({ k: 'a', n: 1 }, 1), () => right.push('a', 2), () => left.push({ k: 'b', n: 5 }, 3), () => left.watermark(11), () => right.watermark(11), () => right.push('b', 4), () => left.end(), () => right.end()];
    }));
  it('a dead letter of either side leaves nothing behind', async () => {
    const [dead, values]: [Rejected<number | string>[], string[]] = [[], []];
    const both = Stream.from([1, 2]).keyBy(() => 'k').connect(Stream.from(['x']).keyBy(() => 'k')).process({
      name: 'p', emits: out, atomic: true, onError: r => r.to(toArray(dead)), init: () => ({ n: 0 }),
      onLeft(s, n, c) { s.n += n; c.emit(`${s.n}`); },
      onRight(s) { s.n = 100; throw new Error('no'); },
    });
    await runAll(both.to(toArray(values)));
    expect(dead.map(r => r.input)).toEqual(['x']);
    expect(values).toEqual(['1', '3']);
  });
  it('types', () => {
    Stream.from([{ k: 'a', n: 1 }]).keyBy(r => r.k).connect(Stream.from(['a']).keyBy(k => k)).process({
      name: 'p', emits: out, init: () => 0,
      onLeft(state, r, c) { expectTypeOf(r).toEqualTypeOf<{ k: string; n: number }>(); expectTypeOf(c.key).toEqualTypeOf<string>(); return state + r.n; },
      onRight(_, k) { expectTypeOf(k).toEqualTypeOf<string>(); return unchanged; },
    });
    // @ts-expect-error keys of another type never meet
    Stream.from(['a']).keyBy(k => k).connect(Stream.from([1]).keyBy(n => n)).process({ name: 'p', emits: out, init: () => 0, onLeft: () => {}, onRight: () => {} });
  });
});

const limits = (t: World) =>
  t.collect(
    Stream.from(t.source<Rec>('data')).keyBy(r => r.k).connect(Stream.from(t.source<{ limit: number }>('rules')).broadcast()).process({
      name: 'limits', emits: out, init: () => ({ sum: 0 }), shared: () => ({ limit: Number.POSITIVE_INFINITY }),
      onBroadcast(shared, rule, c) { shared.limit = rule.limit; c.emit(`limit ${rule.limit}`); },
      onKey: (s, rule, c) => { if (s.sum > rule.limit) c.emit(`${c.key} is above ${rule.limit}`); },
      onData(s, r, c) { s.sum += r.n; if (s.sum > c.shared.limit) c.emit(`${c.key} ${s.sum}`); },
    }),
  );

describe('connect, a broadcast', () => {
  it('reaches keys known and keys to come', async () => {
    const t = testing();
    const seen = limits(t);
    const job = await t.run(seen);
    const [data, rules] = [t.source<Rec>('data'), t.source<{ limit: number }>('rules')];
    data.push({ k: 'a', n: 7 }, 1);
    await job.settle();
    rules.push({ limit: 5 }, 2);
    await job.settle();
    data.push({ k: 'b', n: 6 }, 3);
    await job.settle();
    expect(seen.values).toEqual(['limit 5', 'a is above 5', 'b 6']);
    await job.checkpoint();
    await job.crash();
    data.push({ k: 'c', n: 9 }, 4);
    await job.settle();
    expect(seen.values.at(-1)).toBe('c 9');
    await job.stop();
  });
  it('survives a crash after every input', () =>
    crashAfterEach(
      t => {
        // Of one source, so that a restart from the beginning reads both sides in the same order.
        const [data, rules] = Stream.from(t.source<Rec | number>('all')).split(r => typeof r !== 'number');
        return t.collect(
          data.keyBy(r => r.k).connect(rules.broadcast()).process({
            name: 'limits', emits: out, init: () => ({ sum: 0 }), shared: () => ({ limit: 100 }),
            onBroadcast(shared, limit) { shared.limit = limit; },
            onKey: (s, limit, c) => { if (s.sum > limit) c.emit(`${c.key} is above ${limit}`); },
            onData(s, r, c) { s.sum += r.n; if (s.sum > c.shared.limit) c.emit(`${c.key} ${s.sum}`); },
          }),
        );
      },
      t => {
        const all = t.source<Rec | number>('all');
        return [() => all.push({ k: 'a', n: 3 }, 1), () => all.push(4, 2), () => all.push({ k: 'b', n: 6 }, 3), () => all.push({ k: 'a', n: 3 }, 4), () => all.push(5, 5), () => all.end()];
      },
    ));
  it('a broadcast record that fails changes nothing, with atomic', async () => {
    const t = testing();
    const dead: unknown[] = [];
    const seen = t.collect(
      Stream.from(t.source<number>('data')).keyBy(() => 'k').connect(Stream.from(t.source<string>('words')).broadcast()).process({
        name: 'p', emits: out, atomic: true, onError: r => r.map(x => void dead.push(x.input)).to(toArray<void>([])), init: () => 0, shared: () => new Set<string>(),
        onBroadcast(shared, word) { shared.add(word); if (word === 'bad') throw new Error('bad'); },
        onData: (_, n, c) => c.emit(`${n} ${[...c.shared].join()}`),
      }),
    );
    const job = await t.run(seen);
    for (const word of ['good', 'bad', 'fine']) t.source<string>('words').push(word, 0);
    await job.settle();
    t.source<number>('data').push(1, 0);
    await job.settle();
    expect([seen.values, dead]).toEqual([['1 good,fine'], ['bad']]);
    await job.stop();
  });
  it('types: what is shared is read-only for keys', () => {
    Stream.from([1]).keyBy(() => 'k').connect(Stream.from(['x']).broadcast()).process({
      name: 'p', emits: out, init: () => ({ n: 0 }), shared: () => new Map<string, number>(),
      onBroadcast(shared, word, c) {
        expectTypeOf(word).toEqualTypeOf<string>();
        shared.set(word, 1);
        // @ts-expect-error a broadcast record has no key
        void c.key;
      },
      onData(_, n, c) {
        expectTypeOf(n).toEqualTypeOf<number>();
        expectTypeOf(c.shared).toEqualTypeOf<ReadonlyMap<string, number>>();
      },
    });
  });
});
