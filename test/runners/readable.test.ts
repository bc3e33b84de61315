import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Stream } from '../../src/index.js';
import { readableOf } from '../../src/runners/readable.js';
import { errorOf } from '../operators/kit.js';

describe('a stream as a Readable', () => {
  it('gives objects, in order, to the end', async () => {
    const readable = Stream.from([{ n: 1 }, { n: 2 }]).toReadable();
    expect(readable.readableObjectMode).toBe(true);
    expect(await readable.toArray()).toEqual([{ n: 1 }, { n: 2 }]);
  });
  it('an error of the job is its error', async () => {
    const readable = Stream.from([1]).map((): number => { throw new Error('broken'); }).toReadable();
    expect(await errorOf(readable.toArray())).toMatchObject({ code: 'step-failed' });
  });
  it('destroying it ends the iterator', async () => {
    let returned = 0;
    const readable = readableOf<number>(() => ({ next: async () => ({ done: false, value: 1 }), return: async () => (returned++, { done: true, value: undefined }) }));
    await once(readable, 'readable');
    readable.destroy();
    await once(readable, 'close');
    expect(returned).toBe(1);
  });
});
