import { describe, expect, it } from 'vitest';
import { Stream } from '../../src/index.js';
import { habits, unlucky, valuesOf } from './kit.js';

describe('tap', () => {
  habits({ build: (s, failOn, options) => s.tap(n => void (failOn(n) && unlucky(n)), options), oracle: values => values });
  it('sees records with their times, in order', async () => {
    const seen: unknown[] = [];
    await valuesOf(Stream.from([3, 5]).timestamps(n => n * 10).tap((n, time) => void seen.push([n, time])));
    expect(seen).toEqual([[3, 30], [5, 50]]);
  });
});
