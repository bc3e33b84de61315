import { describe, expect, it } from 'vitest';
import { idempotencyKey } from 'millrace/outbox';

describe('idempotencyKey', () => {
  it('is the same for equal parts, whatever the order of members, and today as tomorrow', () => {
    expect(idempotencyKey('charge', { a: 1, b: [2, { c: 3, d: 4 }] })).toBe(idempotencyKey('charge', { b: [2, { d: 4, c: 3 }], a: 1 }));
    expect(idempotencyKey('charge', 17)).toBe('CpdhIs7g6nbT-rPrgkSnr3p8XuwkcHf7I_K1-MyAVD0');
  });

  it('differs where anything differs', () => {
    const parts: unknown[][] = [[], [[]], [''], ['a', 'b'], ['ab'], [['a', 'b']], [1], ['1'], [1n], [null], [undefined], [-0], [0], [Number.NaN], ['NaN'], [new Date(0)], [{ a: 1 }], [[['a', 1]]], [{ of: [['a', 1]] }], [{ 1: 'x', a: 'y' }], [{ $: ['bigint', '1'] }]];
    expect(new Set(parts.map(part => idempotencyKey(...part))).size).toBe(parts.length);
  });

  it('may stand in a header', () => expect(idempotencyKey('ключ\n', '\0')).toMatch(/^[\w-]{43}$/));

  it('refuses what is not plain data', () => expect(() => idempotencyKey(() => 1)).toThrow('[0] is a function'));
});
