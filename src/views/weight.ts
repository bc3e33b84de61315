/** About how much memory plain data takes. */

/** Of an object, an entry of a Map, a list. */
const OBJECT = 48;
const MEMBER = 16;

/** In bytes, more rather than less. */
export function weightOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 32 + 2 * value.length;
    case 'object':
      break;
    default:
      return MEMBER;
  }
  if (value === null) return MEMBER;
  if (ArrayBuffer.isView(value)) return 2 * OBJECT + value.byteLength;
  if (value instanceof ArrayBuffer) return OBJECT + value.byteLength;
  let weight = OBJECT;
  const members: Iterable<unknown> = value instanceof Map ? [...value].flat() : value instanceof Set || Array.isArray(value) ? value : Object.values(value);
  for (const member of members) weight += MEMBER + weightOf(member);
  return weight;
}
