import { Subject, of } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConfigurationError, Stream } from '../../src/index.js';
import { sourceOf, type StreamInput } from '../../src/stream/from.js';
import { errorOf, scripted, valuesOf } from '../operators/kit.js';

async function* later(): AsyncGenerator<number> {
  yield* [1, 2, 3];
}

describe('Stream.from', () => {
  it('takes whatever gives records', async () => {
    const inputs: readonly StreamInput<number>[] = [[1, 2, 3], new Set([1, 2, 3]), later(), of(1, 2, 3), new Blob([new Uint8Array([1, 2, 3])]).stream() as unknown as StreamInput<number>, scripted([[1, 2], [3]])];
    const [array, set, generator, observable, web, source] = await Promise.all(inputs.map(input => valuesOf(Stream.from(input))));
    expect([array, set, generator, observable, source]).toEqual(Array.from({ length: 5 }, () => [1, 2, 3]));
    expect(web!.map(chunk => [...(chunk as unknown as Uint8Array)]).flat()).toEqual([1, 2, 3]);
  });
  it('a source is taken as it is, with its own name', () => {
    const own = scripted<number>([]);
    expect(sourceOf(own, { name: 'other' })).toBe(own);
    expect(sourceOf([1], { name: 'mine' }).name).toBe('mine');
  });
  it('what is no stream is a configuration error that says what to do', async () => {
    for (const [value, text] of [['abc', /a text.*\[\.\.\.text\]/], [null, /null is not a stream/], [5, /type number/], [undefined, /type undefined/], [{}, /not a stream/]] as const) {
      const error = await errorOf((async () => Stream.from(value as unknown as StreamInput<number>))());
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as Error).message).toMatch(text);
    }
  });
  it('types', () => {
    expectTypeOf(Stream.from([1])).toEqualTypeOf<Stream<number>>();
    expectTypeOf(Stream.from(new Subject<string>(), { buffer: 10, whenFull: 'dropOldest' })).toEqualTypeOf<Stream<string>>();
    expectTypeOf(Stream.from(later())).toEqualTypeOf<Stream<number>>();
    // @ts-expect-error a text is not a stream of characters
    expect(() => Stream.from('abc')).toThrow(ConfigurationError);
  });
});
