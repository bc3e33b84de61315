import { describe, expect, expectTypeOf, it } from 'vitest';
import { Stream, type, unchanged, withTtl } from '../../src/index.js';
import { testing } from '../../src/testing/index.js';

describe('withTtl on the fluent face', () => {
  it('infers key, record and state', () => {
    const stream = Stream.from([{ k: 'a', n: 1 }]).keyBy(r => r.k).process(
      withTtl(
        { name: 'p', emits: type<number>(), sides: { odd: type<string>() }, init: () => ({ sum: 0 }),
          onData(state, r, c) { expectTypeOf(r).toEqualTypeOf<{ k: string; n: number }>(); expectTypeOf(c.key).toEqualTypeOf<string>(); c.emit(state.sum); } },
        { after: '1m', onExpire: (state, c) => { expectTypeOf(state).toEqualTypeOf<{ sum: number }>(); c.side('odd', c.key); } },
      ),
    );
    expectTypeOf(stream.side('odd')).toEqualTypeOf<Stream<string>>();
  });
  it('wraps both sides of connected streams', async () => {
    const t = testing();
    const [left, right] = [t.source<string>('left'), t.source<string>('right')];
    const seen = t.collect(
      Stream.from(left).keyBy(k => k).connect(Stream.from(right).keyBy(k => k)).process(
        withTtl({ name: 'p', emits: type<string>(), init: () => ({ n: 0 }), onLeft(s) { s.n++; }, onRight(s, k, c) { c.emit(`${k} ${s.n}`); return unchanged; } }, { after: 100, domain: 'processing' }),
      ),
    );
    const job = await t.run(seen);
    left.push('a', 0);
    await job.advance(99);
    right.push('a', 0);
    await job.settle();
    await job.advance(1);
    right.push('a', 0);
    await job.settle();
    expect(seen.values).toEqual(['a 1', 'a 0']);
    await job.stop();
  });
  it('wraps the keys beside a broadcast, not what is shared', async () => {
    const t = testing();
    const [data, rules] = [t.source<string>('data'), t.source<string>('rules')];
    const seen = t.collect(
      Stream.from(data).keyBy(k => k).connect(Stream.from(rules).broadcast()).process(
        withTtl(
          { name: 'p', emits: type<string>(), init: () => ({ n: 0 }), shared: () => ({ rule: '' }), onBroadcast(shared, rule) { shared.rule = rule; },
            onKey(s, rule, c) { c.emit(`${c.key} hears ${rule} at ${s.n}`); return unchanged; },
            onData(s, k, c) { c.emit(`${k} ${++s.n} ${c.shared.rule}`); } },
          { after: 100, domain: 'processing' },
        ),
      ),
    );
    const job = await t.run(seen);
    rules.push('r', 0);
    await job.settle();
    data.push('a', 0);
    await job.settle();
    rules.push('q', 0);
    await job.advance(100);
    data.push('a', 0);
    await job.settle();
    expect(seen.values).toEqual(['a 1 r', 'a hears q at 1', 'a 1 q']);
    await job.stop();
  });
});

describe('versions', () => {
  const step = (version: number, t: ReturnType<typeof testing>) => {
    const base = Stream.from(t.source<number>('n')).keyBy(n => n % 2).connect(Stream.from(t.source<number>('m')).keyBy(n => n % 2));
    return version === 0
      ? t.collect(base.process({ name: 'p', emits: type<string>(), init: () => 0, onLeft: (s, n) => s + n, onRight: (s, _, c) => { c.emit(`${s}`); return unchanged; } }))
      : t.collect(base.process({ name: 'p', emits: type<string>(), version, migrate: (old, from) => ({ sum: (old as number) * 10, from }), init: () => ({ sum: 0, from: version }), onLeft: (s, n) => { s.sum += n; }, onRight: (s, _, c) => { c.emit(`${s.sum} from ${s.from}`); return unchanged; } }));
  };
  it('the state of an old version of a connected process goes through migrate, key by key', async () => {
    const t = testing();
    const before = await t.run(step(0, t));
    for (const n of [1, 2, 3]) t.source<number>('n').push(n, 0);
    await before.stop();
    const seen = step(1, t);
    const after = await t.run(seen);
    t.source<number>('m').push(1, 0);
    t.source<number>('m').push(2, 0);
    await after.settle();
    expect(seen.values).toEqual(['40 from 0', '20 from 0']);
    await after.stop();
  });
});
