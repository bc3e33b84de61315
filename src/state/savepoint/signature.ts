/**
 * The signature of a savepoint: HMAC-SHA-256, under a key of the user's, of the SHA-256 of all that stands before it. It is the last frame, so a file is checked whole before anything of it is believed
 * or decoded (RFC 2104).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { bytesAt, type DiskFile } from '../../core/disk.js';
import { DataError } from '../../core/errors.js';
import { FRAME_HEAD_BYTES, HEAD_BYTES, readFrameHead, SIGNATURE, TRAILER_BYTES, type Trailer } from './layout.js';

/** What signs, and checks; at least 16 bytes. */
export type SigningKey = string | Uint8Array;

/** Shorter keys can be guessed. */
export const SHORTEST_KEY = 16;

const MAC_BYTES = 32;
const BLOCK = 1_048_576;

/** `digest`: SHA-256 of everything before. */
export const signatureOf = (digest: Uint8Array, key: SigningKey): Buffer => createHmac('sha256', key).update(digest).digest();

/** Rejects with `savepoint-unsigned` or `savepoint-forged`. */
export async function checkSignature(file: DiskFile, { bytes }: Trailer, path: string, key: SigningKey): Promise<void> {
  const at = bytes - TRAILER_BYTES - FRAME_HEAD_BYTES - 1 - MAC_BYTES;
  const frame = at < HEAD_BYTES ? Buffer.alloc(0) : await bytesAt(file, at, FRAME_HEAD_BYTES + 1 + MAC_BYTES);
  if (frame.length < FRAME_HEAD_BYTES + 1 + MAC_BYTES || readFrameHead(frame)?.length !== 1 + MAC_BYTES || frame[FRAME_HEAD_BYTES] !== SIGNATURE)
    throw new DataError('savepoint-unsigned', `The savepoint ${path} is not signed, and the job takes only those signed with its \`signingKey\`. Take one of a job that has the key, or leave the option out if you trust the file.`);
  const digest = createHash('sha256');
  for (let from = 0; from < at; ) {
    const block = await bytesAt(file, from, Math.min(BLOCK, at - from));
    if (block.length === 0) break;
    digest.update(block);
    from += block.length;
  }
  if (!timingSafeEqual(signatureOf(digest.digest(), key), frame.subarray(FRAME_HEAD_BYTES + 1)))
    throw new DataError('savepoint-forged', `The savepoint ${path} is not what was signed with this \`signingKey\`: it was changed, or signed with another key. Nothing of it was read.`);
}
