import { expect, it } from 'vitest';
import { Stream, type } from '../../src/index.js';
import { crashAfterEach } from '../../src/testing/index.js';
import { valuesOf } from './kit.js';

const listed = (stream: Stream<readonly [string, number]>): Stream<string> =>
  stream.keyBy(r => r[0]).process({
    name: 'p', emits: type<string>(), init: () => ({}),
    onData(_, [, n], c) {
      const list = c.list<number>('l');
      if (n < 0) list.clear();
      else list.add(n);
      c.emit(`${c.key}:${[...list.values()].join()}`);
    },
  });
const input = [['a', 1], ['b', 2], ['a', 3], ['a', -1], ['a', 4], ['b', 5]] as const;

it('keeps what was added, in order, per key', async () => {
  expect(await valuesOf(listed(Stream.from(input)))).toEqual(['a:1', 'b:2', 'a:1,3', 'a:', 'a:4', 'b:2,5']);
});
it('more than ten entries stay in order', async () => {
  const values = await valuesOf(listed(Stream.from(Array.from({ length: 12 }, (_, i) => ['a', i] as const))));
  expect(values.at(-1)).toBe('a:0,1,2,3,4,5,6,7,8,9,10,11');
});
it('survives a crash after every input', () => crashAfterEach(t => t.collect(listed(Stream.from(t.source<readonly [string, number]>('s')))), t => input.map(r => () => t.source<readonly [string, number]>('s').push(r, 0))));
