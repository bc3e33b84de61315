import { describe, expect, it } from 'vitest';
import { Stream } from '../../src/index.js';
import { errorOf, scripted } from '../operators/kit.js';

const endless = (): { readonly stream: Stream<number>; readonly closed: () => boolean } => {
  let closed = false;
  const numbers = (async function* () {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      closed = true;
    }
  })();
  return { stream: Stream.from(numbers), closed: () => closed };
};

describe('a stream as an async iterator', () => {
  it('gives every record, each loop a run of its own', async () => {
    const stream = Stream.from([1, 2, 3]).map(n => n * 2);
    for (let run = 0; run < 2; run++) {
      const seen: number[] = [];
      for await (const n of stream) seen.push(n);
      expect(seen).toEqual([2, 4, 6]);
    }
  });
  it('leaving the loop early stops the job', async () => {
    const { stream, closed } = endless();
    const seen: number[] = [];
    for await (const n of stream) {
      seen.push(n);
      if (n === 4) break;
    }
    expect([seen, closed()]).toEqual([[0, 1, 2, 3, 4], true]);
  });
  it('a throw in the body stops the job too, and is what comes out', async () => {
    const { stream, closed } = endless();
    const mine = new Error('mine');
    const loop = async (): Promise<void> => {
      for await (const n of stream) if (n === 2) throw mine;
    };
    expect([await errorOf(loop()), closed()]).toEqual([mine, true]);
  });
  it('an error of the job comes out of the loop', async () => {
    const broken = Stream.from([1]).map((): number => {
      throw new Error('broken');
    }, { name: 'step' });
    expect(await errorOf(broken[Symbol.asyncIterator]().next())).toMatchObject({ code: 'step-failed', step: 'step' });
  });
  it('several asked for at once come in order, then the end for ever', async () => {
    const iterator = Stream.from([1, 2])[Symbol.asyncIterator]();
    const answers = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    expect(answers).toEqual([{ done: false, value: 1 }, { done: false, value: 2 }, { done: true, value: undefined }, { done: true, value: undefined }]);
  });
  it('return before the first record starts nothing', async () => {
    const source = scripted<number>([[1]]);
    expect(await Stream.from(source)[Symbol.asyncIterator]().return?.()).toEqual({ done: true, value: undefined });
    expect(source.opened).toBe(0);
  });
});
