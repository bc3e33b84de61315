import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascending } from '../../src/watermarks/ascending.js';
import { behavesAsGenerator, watermarksOf } from './kit.js';

describe('ascending', () => {
  behavesAsGenerator(ascending());
  it('is the largest finite time seen', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), input => {
        expect(watermarksOf(ascending()(), input)).toEqual(input.map((_, i) => Math.max(...input.slice(0, i + 1))));
      }),
    );
  });
  it('lets records of the same time through', () => expect(watermarksOf(ascending()(), [5, 5, 4, 6])).toEqual([5, 5, 5, 6]));
});
