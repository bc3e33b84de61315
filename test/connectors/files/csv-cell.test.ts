import { describe, expect, it } from 'vitest';
import { cellWriter } from '../../../src/connectors/files/csv-cell.js';

const safe = cellWriter(',', '"', true);
const raw = cellWriter(',', '"', false);

describe('cells', () => {
  it.each(['=1+1', '+A1', '-A1', '@SUM(A1)', '\tx', '\0x', '＝1', '=HYPERLINK(1)', '-', '+1+1', '-1-1', '--1', '-1,5'])('S7 %j cannot be a formula', text => expect(safe(text, 'c').replace(/^"/, '')).toMatch(/^'/));
  it('S7 a carriage return cannot begin one', () => expect(safe('\r=1', 'c')).toBe(`"'\r=1"`));
  it.each(['-1', '+1', '-1.5e10', '-.5', '+1.', 'a=1', '1-1', '', ' =1'])('S7 %j stays as it is', text => expect(safe(text, 'c')).toBe(text));
  it.each([-1, -1.5, 1e21, -0, -5n])('S7 the number %s stays one', value => expect(safe(value, 'c')).toBe(String(value)));
  it('S7 off only when told so', () => expect(raw('=1+1', 'c')).toBe('=1+1'));
  it('quotes what must be', () => expect(['a,b', 'a"b', 'a\nb', 'a\rb', '\uFEFFa', ' a '].map(t => raw(t, 'c'))).toEqual(['"a,b"', '"a""b"', '"a\nb"', '"a\rb"', '"\uFEFFa"', ' a ']));
});
