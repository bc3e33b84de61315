import { describe, expect, it } from 'vitest';
import { createLines } from '../../../src/connectors/files/lines.js';

const takeAll = (text: string, max = 100): unknown[] => {
  const lines = createLines({ byte: 0, line: 1 }, max);
  const found: unknown[] = [];
  lines.feed(Buffer.from(text));
  lines.finish();
  for (;;) {
    const step = lines.next();
    if (step === 'end') return found;
    found.push([step, lines.bytes.toString('utf8', lines.start, lines.end), lines.byte, lines.number]);
    if (step === 'long') lines.skip();
  }
};

describe('lines', () => {
  it('end with a line feed, or with the bytes', () => expect(takeAll('a\nbc\n\nd')).toEqual([['line', 'a', 0, 1], ['line', 'bc', 2, 2], ['line', '', 5, 3], ['line', 'd', 6, 4]]));
  it('lose one carriage return before it', () => expect(takeAll('a\r\nb\r\r\nc\rd')).toEqual([['line', 'a', 0, 1], ['line', 'b\r', 3, 2], ['line', 'c\rd', 7, 3]]));
  it('of none there are none', () => expect(takeAll('')).toEqual([]));
  it('lose a byte order mark at the beginning, and only there', () => expect(takeAll('\uFEFFa\n\uFEFFb')).toEqual([['line', 'a', 0, 1], ['line', '\uFEFFb', 5, 2]]));
  it('that are too long are said and passed over', () => expect(takeAll('abc\nabcd\nab\r\nabc\r\n', 3).map(l => (l as unknown[])[0])).toEqual(['line', 'long', 'line', 'line']));

  it('that are too long are said before their end has come, and resumed within', () => {
    const lines = createLines({ byte: 0, line: 1 }, 3);
    lines.feed(Buffer.from('abc\r'));
    expect(lines.next()).toBe('wait');
    lines.feed(Buffer.from('d'));
    expect(lines.next()).toBe('long');
    lines.skip();
    expect(lines.next()).toBe('wait');
    const place = lines.place();
    expect(place).toEqual({ byte: 5, line: 1, skip: true });
    const resumed = createLines(place, 3);
    resumed.feed(Buffer.from('ef\nxy'));
    resumed.finish();
    expect(resumed.next()).toBe('line');
    expect([resumed.byte, resumed.number]).toEqual([8, 2]);
  });
  it('keep what follows a line held', () => {
    const lines = createLines({ byte: 0, line: 1 }, 100);
    lines.feed(Buffer.from('a\nb\nc'));
    lines.next();
    lines.hold();
    lines.next();
    for (let i = 0; i < 50_000; i++) lines.feed(Buffer.from('x'));
    expect(lines.place()).toEqual({ byte: 0, line: 1 });
    lines.rewind();
    expect(lines.place()).toEqual({ byte: 2, line: 2 });
    expect(lines.next()).toBe('line');
    expect(lines.bytes.toString('utf8', lines.start, lines.end)).toBe('b');
  });
});
