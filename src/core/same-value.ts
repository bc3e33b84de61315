/** Deep equality of plain data, for laws and contract suites: NaN equals itself, and 0 equals -0 (a sum of nothing and one that cancels are the same). */

/** Are two values the same, member by member? Values of other classes are the same only if they are one. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((member, index) => sameValue(member, b[index]));
  if (a instanceof Date && b instanceof Date) return sameValue(a.getTime(), b.getTime());
  if (a instanceof Map && b instanceof Map) return sameValue([...a], [...b]);
  if (a instanceof Set && b instanceof Set) return sameValue([...a], [...b]);
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return sameValue([...bytesOf(a)], [...bytesOf(b)]);
  const names = Object.keys(a);
  const plain = Object.getPrototypeOf(a) === Object.prototype || Object.getPrototypeOf(a) === null;
  if (!plain || names.length !== Object.keys(b).length) return false;
  return names.every(name => Object.hasOwn(b, name) && sameValue(Reflect.get(a, name), Reflect.get(b, name)));
}

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
