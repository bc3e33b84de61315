/** Key groups: the share of the keys that moves as one between the workers of a distributed job. Fixed for life, for it stands in what is on the disk. */

/** How many there are. */
export const KEY_GROUPS = 128;

const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

/** The group of a key, from its bytes. */
export const keyGroup = (key: Uint8Array): number => (murmur2(key) & 0x7fffffff) % KEY_GROUPS;

/**
 * MurmurHash2, 32 bit, with the seed that Kafka's default partitioner has; so that a key's group can follow its partition.
 *
 * Source: Austin Appleby, MurmurHash2 (public domain), https://github.com/aappleby/smhasher.
 */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = SEED ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let word = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);
    word = Math.imul(word, FACTOR);
    word ^= word >>> 24;
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word, FACTOR);
  }
  if (i < length) {
    for (let j = length - 1; j >= i; j--) hash ^= (bytes[j] ?? 0) << (8 * (j - i));
    hash = Math.imul(hash, FACTOR);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, FACTOR);
  return hash ^ (hash >>> 15);
}
