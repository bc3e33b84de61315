import { describe, expect, expectTypeOf, it } from 'vitest';
import { first } from '../../src/aggregates/first.js';
import { mapInput } from '../../src/aggregates/map-input.js';
import { sum } from '../../src/aggregates/sum.js';
import { passesSuite } from './kit.js';

const twice = () => mapInput(sum((x: number) => x), (text: string) => Number(text) * 2);

describe('mapInput', () => {
  passesSuite(twice, { samples: ['1', '2', '-7'], oracle: texts => texts.reduce((total, text) => total + Number(text) * 2, 0) });
  it('is of what the function takes', () => expectTypeOf(twice().add).parameter(1).toEqualTypeOf<string>());
  it('commutes and subtracts if the other does', () => {
    expect([twice().commutative, twice().subtract === undefined]).toEqual([true, false]);
    const one = mapInput(first<number>(), (text: string) => Number(text));
    expect([one.commutative, one.subtract]).toEqual([undefined, undefined]);
  });
});
