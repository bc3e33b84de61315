/** Rows as lines: `[key, start of the granule, accumulator]` in tagged JSON, which is plain JSON for whatever JSON can say. */
import { jsonOf } from '../core/encoding.js';
import { canonicalKey } from '../core/key.js';
import { fromTagged, toTagged } from '../core/tagged.js';
import type { Json } from '../core/values.js';
import { compareRows } from './order.js';
import type { Row } from './rows.js';

const textOf = (value: unknown): string => jsonOf(value) ?? JSON.stringify(toTagged(value));

/** Names that mean something in tagged JSON. */
const TAGS = '"$';

/** A row as a line, with its end. */
export function lineOf([key, start, acc]: Row): string {
  const text = textOf(acc);
  // Plain JSON with such names of its own would be read as tagged.
  return `[${textOf(key)},${start},${text.includes(TAGS) || text.includes('"__proto__"') ? JSON.stringify(toTagged(acc)) : text}]\n`;
}

/** Whole lines as rows, which must be in order. Throws what says why they are none. */
export function rowsIn(lines: string): readonly Row[] {
  // No line break stands within a line of JSON.
  const found = JSON.parse(`[${lines.trimEnd().replaceAll('\n', ',')}]`) as unknown[];
  let before: Row | undefined;
  for (let i = 0; i < found.length; i++) {
    const row = rowOf(found[i]);
    if (before !== undefined && compareRows(before, row) >= 0) throw new Error(`the row ${lineOf(row).slice(0, 80).trimEnd()} does not come behind the one before it: rows are in the order of keys and granules, each once`);
    found[i] = before = row;
  }
  return found as readonly Row[]; // each was made one
}

const isPlain = (value: unknown): boolean => value === null || typeof value !== 'object';

/** The row that a line says; most are already what they say. */
function rowOf(line: unknown): Row {
  if (!Array.isArray(line) || line.length !== 3 || typeof line[1] !== 'number') throw new Error(`${(JSON.stringify(line) ?? '').slice(0, 80)} is no row`);
  const [key, start, acc] = line as unknown as readonly [Json, number, Json]; // what JSON gives
  if (isPlain(key) && isPlain(acc)) {
    canonicalKey(key);
    return line as unknown as Row; // as was just seen
  }
  return [canonicalKey(fromTagged(key)), start, fromTagged(acc)];
}
