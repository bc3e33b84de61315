import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.js';
import { settingsOf } from '../../../src/state/lmdb/settings.js';

describe('options of lmdb()', () => {
  it('have defaults', () => expect(settingsOf('./state', undefined)).toEqual({ cache: { entries: 100_000, bytes: 67_108_864 }, lease: 10_000 }));
  it('are taken as given', () => expect(settingsOf('./state', { cache: { entries: 5, bytes: undefined }, lease: '1m' })).toEqual({ cache: { entries: 5, bytes: 67_108_864 }, lease: 60_000 }));
  it('are refused all at once', () => {
    try {
      settingsOf('', { chache: 1, cache: { entries: -1, byte: 2 }, lease: '5 seconds' });
      expect.unreachable();
    } catch (cause) {
      expect(cause).toBeInstanceOf(ConfigurationError);
      expect((cause as ConfigurationError).problems.map(problem => problem.where)).toEqual(['lmdb()', 'lmdb(): chache', 'lmdb(): cache.byte', 'lmdb(): cache.entries', 'lmdb(): lease']);
    }
    for (const bad of [5, 'x', { cache: 5 }]) expect(() => settingsOf('./state', bad)).toThrow(ConfigurationError);
  });
});
