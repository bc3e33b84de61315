import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { lineChunks } from '../../src/views/line-chunks.js';

const fileOf = (bytes: Buffer, most: number) => ({ read: async (into: Uint8Array, at: number) => bytes.copy(into, 0, at, Math.min(bytes.length, at + Math.min(into.length, most))) });

it('gives all bytes in order, whole lines but for the last, whatever a read gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ maxLength: 20 })), fc.boolean(), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 7 }), async (lines, ended, size, most) => {
      const bytes = Buffer.from(lines.map(line => line.replaceAll('\n', '')).join('\n') + (ended ? '\n' : ''));
      const seen = { bytes: 0, checksum: 0 };
      const chunks: Buffer[] = [];
      for await (const chunk of lineChunks(fileOf(bytes, most), size, seen)) {
        expect(chunk.byte).toBe(Buffer.concat(chunks).length);
        chunks.push(Buffer.from(chunk.bytes));
      }
      expect(Buffer.concat(chunks)).toEqual(bytes);
      for (const chunk of chunks.slice(0, -1)) expect(chunk.at(-1)).toBe(10);
      expect(seen).toEqual({ bytes: bytes.length, checksum: crc32(bytes) });
    }),
  );
});
it('reads no further than it is told', async () => {
  const seen = { bytes: 0, checksum: 0 };
  const found: string[] = [];
  for await (const { bytes } of lineChunks(fileOf(Buffer.from('a\nb\nc\n'), 9), 9, seen, 4)) found.push(bytes.toString());
  expect([found.join(''), seen.bytes]).toEqual(['a\nb\n', 4]);
});
