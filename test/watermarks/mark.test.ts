import { describe, expect, it } from 'vitest';
import { markOf, saveMark } from '../../src/watermarks/mark.js';

describe('a saved watermark', () => {
  it.each([-Infinity, Infinity, 0, -5, 1_700_000_000_000.5])('is %d again after JSON', mark => expect(markOf(JSON.parse(JSON.stringify(saveMark(mark))) as never)).toBe(mark));
  it('of another form is no watermark', () => expect([{}, [], 'x', true, null].map(state => markOf(state))).toEqual([-Infinity, -Infinity, -Infinity, -Infinity, -Infinity]));
});
