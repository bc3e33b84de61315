import { describe, expect, it } from 'vitest';
import { boxed } from '../../src/windows/boxed.js';

const plain = { name: 'plain', zero: () => 0, add: (a: number, v: number) => a + v, merge: (a: number, b: number) => a + b, result: (a: number) => a };
const holder = { name: 'holder', zero: () => ({ n: 0 }), add: (a: { n: number }, v: number) => ({ n: a.n + v }), merge: (a: { n: number }, b: { n: number }) => ({ n: a.n + b.n }), result: (a: { n: number }) => a.n };

describe('boxed', () => {
  it('leaves accumulators that are objects alone', () => expect(boxed(holder)).toBe(holder));
  it('puts others into a box that is changed in place, with the same answers', () => {
    const box = boxed(plain);
    const a = box.zero();
    expect(box.add(a, 3, 0)).toBe(a);
    expect(box.result(box.merge(a, box.add(box.zero(), 4, 0)))).toBe(7);
    expect([box.subtract, box.commutative]).toEqual([undefined, undefined]);
  });
  it('keeps what it can: to subtract, and to be commutative', () => {
    const box = boxed({ ...plain, commutative: true, subtract: (a: number, part: number) => a - part });
    const a = box.add(box.zero(), 7, 0);
    expect(box.subtract?.(a, box.add(box.zero(), 3, 0))).toBe(a);
    expect([box.result(a), box.commutative]).toEqual([4, true]);
  });
});
