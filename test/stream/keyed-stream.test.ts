import { describe, expect, expectTypeOf, it } from 'vitest';
import { Stream, count, tumbling, type, type KeyedStream } from '../../src/index.js';
import { valuesOf } from '../operators/kit.js';

describe('a keyed stream', () => {
  const words = Stream.from(['a', 'b', 'a', 'c', 'a']);
  it('keyBy makes no step', () => {
    expect(words.keyBy(w => w).window(tumbling(1)).aggregate(count()).describe().split('\n').filter(line => line.includes('keyBy'))).toEqual([]);
  });
  it('mapAsync keeps the key, and the order within it', async () => {
    const log: string[] = [];
    let n = 0;
    const numbered = words.keyBy(w => w).mapAsync(async w => { log.push(w); return `${w}${n++}`; }, { concurrency: 4 });
    const seen = await valuesOf(numbered.process({ name: 'p', emits: type<[string, string]>(), init: () => ({}), onData: (_s, value, context) => context.emit([context.key, value]) }));
    expect(seen.map(([key, value]) => [key, value[0]]).filter(([key, first]) => key !== first)).toEqual([]);
    const ofA = seen.filter(([key]) => key === 'a').map(([, value]) => Number(value.slice(1)));
    expect([seen.length, ofA]).toEqual([5, ofA.toSorted((x, y) => x - y)]);
    expect(log.toSorted()).toEqual(['a', 'a', 'a', 'b', 'c']);
  });
  it('types', () => {
    const keyed = words.keyBy(w => w.length);
    expectTypeOf(keyed).toEqualTypeOf<KeyedStream<number, string>>();
    expectTypeOf(keyed.mapAsync(async w => [w], { concurrency: 1 })).toEqualTypeOf<KeyedStream<number, string[]>>();
    // @ts-expect-error a key is a value, not an object
    words.keyBy(w => ({ w }));
    // @ts-expect-error per key the order is that of the key
    keyed.mapAsync(async w => w, { concurrency: 1, order: 'none' });
  });
});
