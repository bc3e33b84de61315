import { describe, expect, it } from 'vitest';
import { KEY_GROUPS, keyGroup, murmur2 } from '../../src/state/key-group.js';
import { keyBytes } from '../../src/state/key-bytes.js';

describe('key groups', () => {
  // The values that Kafka's own tests of its partitioner expect.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hash %s as Kafka does', (text, hash) => expect(murmur2(Buffer.from(text))).toBe(hash));
  it('never change', () => expect(['a', 1, 1n, true, ['a', 1], ''].map(key => keyGroup(keyBytes(key)))).toMatchInlineSnapshot(`
    [
      2,
      88,
      108,
      11,
      80,
      68,
    ]
  `));
  it('share keys out', () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 12_800; i++) counts.set(keyGroup(keyBytes(`user-${i}`)), (counts.get(keyGroup(keyBytes(`user-${i}`))) ?? 0) + 1);
    expect(counts.size).toBe(KEY_GROUPS);
    expect(Math.max(...counts.values())).toBeLessThan(160);
    expect(Math.min(...counts.values())).toBeGreaterThan(50);
  });
});
