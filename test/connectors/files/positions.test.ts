/** Positions: for any content, any size of reads and any stop, what follows from the position is exactly the rest. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csv, ndjson } from '../../../src/connectors/files/index.js';
import { systemEnvironment } from '../../../src/core/clock.js';
import type { Source } from '../../../src/core/source.js';
import type { Position } from '../../../src/core/values.js';
import { folders } from './reading.js';

const folder = folders();

/** Values and places of everything from `from` on, in reads of at most `max`; what failed counts as a record. */
async function rest(source: Source<unknown>, path: string, from: Position | undefined, max: number): Promise<{ readonly records: string[]; readonly stops: { readonly position: Position; readonly seen: number }[] }> {
  const { signal } = new AbortController();
  const reader = await source.open(path, from, systemEnvironment(signal));
  const records: string[] = [];
  const stops: { position: Position; seen: number }[] = [];
  try {
    for (;;) {
      const batch = await reader.read(max, signal);
      if (batch === 'end') return { records, stops };
      if (batch === 'idle') continue;
      const failed = batch.failed ?? [];
      for (let i = 0; i <= batch.values.length; i++) {
        for (const f of failed) if (f.before === i) records.push(`failed at ${JSON.stringify(f.position)}`);
        if (i < batch.values.length) records.push(JSON.stringify(batch.values[i]));
      }
      stops.push({ position: batch.position, seen: records.length });
    }
  } finally {
    await reader.close();
  }
}

const field = fc.oneof(fc.constantFrom('', 'a', 'ü€😀', 'x\ny', 'x\r\ny', '"', ',', '€"\n"€'), fc.string({ maxLength: 6 }).filter(s => !s.includes('\r')));
const quoted = (text: string): string => (/["\n\r,]/.test(text) || text.length % 2 === 0 ? `"${text.replaceAll('"', '""')}"` : text);
const csvText = fc
  .record({ rows: fc.array(fc.oneof({ weight: 9, arbitrary: fc.tuple(field, field).map(r => r.map(quoted).join(',')) }, { weight: 1, arbitrary: fc.constantFrom('broken', 'a,"b"c', '"open,') }), { maxLength: 25 }), end: fc.constantFrom('\n', '\r\n'), bom: fc.boolean(), last: fc.boolean() })
  .map(({ rows, end, bom, last }) => `${bom ? '\ufeff' : ''}a,b${end}${rows.join(end)}${last ? end : ''}`);
const jsonText = fc
  .record({ rows: fc.array(fc.oneof({ weight: 9, arbitrary: fc.json({ maxDepth: 2 }) }, { weight: 1, arbitrary: fc.constantFrom('', '{', '"ü€😀\r"', `"${'x'.repeat(300)}"`) }), { maxLength: 25 }), end: fc.constantFrom('\n', '\r\n'), bom: fc.boolean(), last: fc.boolean() })
  .map(({ rows, end, bom, last }) => `${bom ? '\ufeff' : ''}${rows.join(end)}${last ? end : ''}`);
/** As it is, or as gzip of one to five members, cut anywhere. */
const packing = fc.option(fc.array(fc.nat(), { maxLength: 4 }), { nil: undefined });

const packed = (bytes: Buffer, cuts: readonly number[]): Buffer => {
  const at = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return Buffer.concat(at.slice(1).map((end, i) => gzipSync(bytes.subarray(at[i], end))));
};

it.each([
  ['CSV', csvText, (path: string) => csv(path, { maxLineBytes: 200 }) as Source<unknown>],
  ['NDJSON', jsonText, (path: string) => ndjson(path, { maxLineBytes: 200 })],
] as const)('H49 H50 H51: %s, plain or in members of gzip, goes on after any stop with exactly the rest', async (name, content, sourceOf) => {
  const dir = await folder();
  await fc.assert(
    fc.asyncProperty(content, packing, fc.integer({ min: 1, max: 7 }), async (text, cuts, max) => {
      const path = join(dir, `a${cuts === undefined ? '' : '.gz'}`);
      const bytes = Buffer.from(text);
      writeFileSync(path, cuts === undefined ? bytes : packed(bytes, cuts));
      const source = sourceOf(path);
      const whole = await rest(source, path, undefined, 1_000);
      const { records, stops } = await rest(source, path, undefined, max);
      expect(records).toEqual(whole.records);
      for (const { position, seen } of stops) expect((await rest(source, path, JSON.parse(JSON.stringify(position)) as Position, 1 + (seen % 5))).records).toEqual(whole.records.slice(seen));
    }),
    { numRuns: 40 },
  );
  expect(name).not.toBe('');
}, 60_000);
