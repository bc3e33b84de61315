/** The cases of other engines that concern the watermark of one input, as data. All of them use, or do not touch, our convention: no more records before `w`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { disorder } from '../../src/watermarks/disorder.js';
import { fromRecords } from '../../src/watermarks/from-records.js';

interface Case {
  readonly id: string;
  readonly params: { readonly lag?: number };
  readonly input: readonly { readonly op: 'record' | 'watermark'; readonly ts: number }[];
  readonly expected: readonly { readonly after: number; readonly watermark?: number; readonly currentWatermark?: number }[];
}
const { cases } = JSON.parse(readFileSync(new URL('generators.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] };

describe('watermarks of one input, by the cases of other engines', () => {
  it.each(cases.map(c => [c.id, c] as const))('%s', (_, { params, input, expected }) => {
    const generator = params.lag === undefined ? fromRecords((mark: number) => mark)() : disorder(params.lag)();
    const marks = input.map(({ ts }) => {
      generator.record(ts, ts);
      return generator.watermark();
    });
    // Some list the watermark after every record, some only the moves.
    for (const { after, currentWatermark } of expected) if (currentWatermark !== undefined) expect(marks[after]).toBe(currentWatermark);
    const moves = marks.flatMap((watermark, after) => (watermark === (marks[after - 1] ?? -Infinity) ? [] : [{ after, watermark }]));
    if (expected.some(e => e.watermark !== undefined)) expect(moves).toEqual(expected.map(({ after, watermark }) => ({ after, watermark })));
  });
});
