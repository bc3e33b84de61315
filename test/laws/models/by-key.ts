/** Rows by key, in order of arrival. */
import type { Row } from '../row.js';

export function byKey(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const keys = new Map<string, Row[]>();
  for (const row of rows) keys.set(row.key, [...(keys.get(row.key) ?? []), row]);
  return keys;
}
