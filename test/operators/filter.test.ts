import { describe, expectTypeOf, it } from 'vitest';
import { Stream } from '../../src/index.js';
import { habits, unlucky } from './kit.js';

describe('filter', () => {
  habits({ build: (s, failOn, options) => s.filter(n => (failOn(n) ? unlucky(n) : n % 2 === 0), options), oracle: values => values.filter(n => n % 2 === 0) });
  it('a type guard narrows', () => {
    const texts = Stream.from<string | number>([1, 'a']).filter((v): v is string => typeof v === 'string');
    expectTypeOf(texts).toEqualTypeOf<Stream<string>>();
  });
});
