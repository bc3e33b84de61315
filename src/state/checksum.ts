/** CRC-32 as zlib and PNG have it (the polynomial 0xedb88320), over a part of some bytes. */
import { crc32 } from 'node:zlib';

/** Below it a loop here is over before a call of native code has begun. */
const SHORT = 48;

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : 0xedb88320 ^ (rest >>> 1);
  return rest;
});

/** The checksum of the bytes from `from` to `to`, behind those whose checksum is `before`. */
export function checksumOf(bytes: Uint8Array, before = 0, from = 0, to = bytes.length): number {
  if (to - from > SHORT) return crc32(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), before);
  let crc = ~before;
  for (let i = from; i < to; i++) crc = (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
