import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkHead, frameHead, head, HEAD_BYTES, readFrameHead, readTrailer, trailer, TRAILER_BYTES } from '../../../src/state/savepoint/layout.js';

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe('the layout of a savepoint', () => {
  it('knows its head, and what is another', () => {
    expect(() => checkHead(head(), 'p')).not.toThrow();
    expect(() => checkHead(Buffer.from('PAR1 and so on, something of another kind'), 'p')).toThrow(expect.objectContaining({ code: 'savepoint-foreign' }));
    expect(() => checkHead(Buffer.alloc(0), 'p')).toThrow(expect.objectContaining({ code: 'savepoint-foreign' }));
    for (let at = 0; at < HEAD_BYTES; at++) expect(() => checkHead(flipped(head(), at), 'p')).toThrow(/savepoint/);
  });
  it('says so when another version wrote it', () => {
    const later = Buffer.from(head());
    later.writeUInt32LE(2, HEAD_BYTES - 8);
    frameless(later);
    expect(() => checkHead(later, 'p')).toThrow(/format 2/);
  });
  it('believes the head of a frame only whole', () => {
    const bytes = frameHead(Buffer.from('payload'));
    expect(readFrameHead(bytes)?.length).toBe(7);
    for (let at = 0; at < bytes.length; at++) expect(readFrameHead(flipped(bytes, at))).toBeUndefined();
  });
  it('believes a trailer only whole, and at the end of a file of the size it says', () => {
    const said = { entries: 5, tables: 2, bytes: 1_000, digest: 'ab'.repeat(32) };
    const bytes = trailer(said);
    expect(readTrailer(bytes, 1_000, 'p')).toEqual(said);
    expect(() => readTrailer(bytes, 1_001, 'p')).toThrow(expect.objectContaining({ code: 'savepoint-damaged' }));
    for (let at = 0; at < TRAILER_BYTES; at++) expect(() => readTrailer(flipped(bytes, at), 1_000, 'p')).toThrow(expect.objectContaining({ code: 'savepoint-damaged' }));
  });
});

/** Makes the checksum of a head right again. */
function frameless(bytes: Buffer): void {
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEAD_BYTES - 4)), HEAD_BYTES - 4);
}
