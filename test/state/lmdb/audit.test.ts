import { describe, expect, it } from 'vitest';
import { encodeEntry } from '../../../src/state/codec.js';
import { storedChecksum } from '../../../src/state/codec.js';
import { audit } from '../../../src/state/lmdb/audit.js';
import { CHECKPOINT, CLAIM, encodeOwn, placeOfTable } from '../../../src/state/lmdb/catalogue.js';
import { diskKey, diskValue } from '../../../src/state/lmdb/disk-key.js';

type Row = readonly [Buffer, Buffer];
const entry = (key: number | string, value: unknown, table = 1): Row => {
  const place = diskKey(table, key);
  return [place.bytes, diskValue(place, encodeEntry(place.logical, value, () => ''))];
};
const ENTRIES: readonly Row[] = [entry(1, 'a'), entry(2, 'b'), entry('x'.repeat(2_000), 'c')];
const manifest = { job: 'job', generation: 1, checkpoint: 1, plan: [], positions: {}, watermarks: {}, committables: {} };

function result(entries: readonly Row[], own: (rows: Row[]) => readonly Row[] = rows => rows): unknown {
  const sum = ENTRIES.reduce((total, [, value], i) => total + storedChecksum(i < 2 ? value : value.subarray(4 + value.readUInt32LE(0))), 0);
  const table = encodeOwn(placeOfTable(1), ['step', 'table', 3, sum]);
  const rows: Row[] = [
    [CLAIM, encodeOwn(CLAIM, { format: 1, job: 'job', generation: 1, checkpoint: 1 })],
    [CHECKPOINT, encodeOwn(CHECKPOINT, { manifest, count: 1, sum: storedChecksum(table), nextTable: 2 })],
    [placeOfTable(1), table],
  ];
  try {
    const found = audit();
    for (const [place, value] of [...own(rows), ...entries]) found.take({ keys: place, key: 0, keyEnd: place.length, values: value, value: 0, valueEnd: value.length });
    return found.end();
  } catch (cause) {
    return (cause as { code?: string }).code;
  }
}

describe('an audit', () => {
  it('finds nothing where nothing is wrong, nor in an empty store', () => {
    expect(result(ENTRIES)).toMatchObject({ checkpoint: 1, tables: 1, entries: 3 });
    expect(result([], () => [])).toEqual({ checkpoint: 0, tables: 0, entries: 0, bytes: 0 });
  });
  it.each<[string, () => unknown]>([
    ['an entry that is gone', () => result(ENTRIES.slice(1))],
    ['one too much', () => result([...ENTRIES, entry(3, 'd')])],
    ['one of another time', () => result([entry(1, 'z'), ...ENTRIES.slice(1)])],
    ['one at the place of another', () => result([[ENTRIES[0]?.[0] ?? Buffer.alloc(0), ENTRIES[1]?.[1] ?? Buffer.alloc(0)], ...ENTRIES.slice(1)])],
    ['one of a table there is not', () => result([...ENTRIES, entry(3, 'd', 2)])],
    ['a long key that is another', () => result([...ENTRIES.slice(0, 2), [ENTRIES[2]?.[0] ?? Buffer.alloc(0), Buffer.from((ENTRIES[2]?.[1] ?? Buffer.alloc(0)).map((byte, i) => (i === 50 ? 121 : byte)))]])],
    ['a place that is none', () => result([...ENTRIES, [Buffer.from([0, 0, 0, 1]), Buffer.alloc(9)]])],
    ['a checkpoint that is gone', () => result(ENTRIES, rows => rows.filter((_, i) => i !== 1))],
    ['a claim that is gone', () => result(ENTRIES, rows => rows.slice(1))],
    ['a table that is gone', () => result(ENTRIES, rows => rows.slice(0, 2))],
    ['a catalogue with more in it', () => result(ENTRIES, rows => [...rows, [Buffer.from([0, 0, 0, 0, 0, 0, 120]), encodeOwn(Buffer.from([0, 0, 0, 0, 0, 0, 120]), 1)]])],
  ])('sees %s', (_, run) => expect(run()).toBe('state-damaged'));
});
