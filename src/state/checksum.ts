/** CRC-32 as zlib and PNG have it (the polynomial 0xedb88320), over a part of some bytes. */
import { crc32 } from 'node:zlib';

/** Below it a loop here is over before a call of native code has begun. */
const SHORT = 48;

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : 0xedb88320 ^ (rest >>> 1);
  return rest;
});

/** The checksum of `bytes` behind those whose checksum is `before`. */
export function checksumOf(bytes: Uint8Array, before = 0): number {
  if (bytes.length > SHORT) return crc32(bytes, before);
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
