import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { checksumOf } from '../../src/state/checksum.js';

it('is that of zlib, short or long, and goes on from another', () =>
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (a, b) => void expect([checksumOf(a), checksumOf(b, checksumOf(a))]).toEqual([crc32(a), crc32(b, crc32(a))])), { numRuns: 500 }));
