import { describe, expect, it } from 'vitest';
import { encodeEntry } from '../../../src/state/codec.js';
import { baseOf, type TableInfo } from '../../../src/state/lmdb/base.js';
import { diskKey, diskValue } from '../../../src/state/lmdb/disk-key.js';
import { openHandle } from '../../../src/state/lmdb/handle.js';
import { loadPeer } from '../../../src/state/lmdb/peer.js';
import { folder } from './kit.js';

const info: TableInfo = { id: 1, step: 'step', name: 'table', count: 0, sum: 0, stored: 0 };

describe('a table of the disk', () => {
  it('reads entries one by one and all in parts, and names what is damaged', async () => {
    const handle = openHandle(await loadPeer(), await folder());
    const put = (key: number, value: unknown, sub?: number): void => {
      const place = diskKey(1, key, sub);
      handle.put(place.bytes, diskValue(place, encodeEntry(place.logical, value, () => '')));
    };
    await handle.transaction(async () => {
      for (let i = 0; i < 600; i++) put(i, { i });
      for (let i = 0; i < 600; i++) put(7, { row: i }, i);
    });
    const base = baseOf(handle, info);
    expect([base.get(5)?.value, base.get(5, 1), base.peek(5) === base.get(5)?.stored, base.peek(601)]).toEqual([{ i: 5 }, undefined, true, undefined]);
    expect([...base.each()]).toHaveLength(1_200);
    const { rows, more } = base.rows(7, 100, undefined, 256);
    expect([rows.length, rows[0]?.sub, more]).toEqual([256, 100, true]);
    expect([...base.eachRow(7, 10, 500)].map(row => row.sub)).toEqual(Array.from({ length: 490 }, (_, i) => i + 10));
    expect([...Array.from({ length: 128 }, (_, group) => [...base.each(group)]).flat()]).toHaveLength(1_200);
    await handle.transaction(async () => {
      const place = diskKey(1, 5).bytes;
      handle.put(place, Buffer.from('not what it was'));
    });
    expect(() => base.get(5)).toThrow(expect.objectContaining({ code: 'state-damaged', message: expect.stringContaining('step "step", table "table", key n5;') as string }));
    expect(() => [...base.each()]).toThrow(/key n5/);
    await handle.close();
  });
});
