/** Values nobody may write into any more. */

/** Freezes plain objects and arrays, and those in them; what is of a class may need to write into itself, and is left as it is. */
export function freeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
  return value;
}
