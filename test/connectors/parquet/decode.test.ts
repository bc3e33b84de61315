import { serialize } from 'node:v8';
import * as hyparquet from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetHeader } from 'hyparquet/src/column.js';
import { describe, expect, it } from 'vitest';
import { checkPage, zstdBound } from '../../../src/connectors/parquet/bounds.js';
import { decoder, type Group, type Tools } from '../../../src/connectors/parquet/decode.js';
import { pack } from '../../../src/connectors/parquet/pack.js';
import { rowsOf } from '../../../src/connectors/parquet/packed.js';
import { bytesOf } from './fixtures.js';

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const reading = { columns: undefined, limits: { groupRows: 1_000, groupBytes: 1_000_000, footerBytes: 1_000_000 }, times: 'date', binary: 'bytes' } as const;

/** Decodes a whole file in this thread. */
async function rowsIn(bytes: Uint8Array, tools: Partial<Tools> = {}): Promise<Record<string, unknown>[]> {
  const decode = decoder({
    hyparquet, parquetHeader, compressors, serialize, pack, zstdBound, checkPage,
    readAt: (_, into, position) => {
      into.set(bytes.subarray(position, position + into.length));
      return into.length;
    },
    ...tools,
  });
  const groups = (await decode({ what: 'open', file: 0, opened: { descriptor: 0, bytes: bytes.length }, reading })) as readonly number[];
  const rows: Record<string, unknown>[] = [];
  for (let group = 0; group < groups.length; group++) {
    const found = (await decode({ what: 'group', file: 0, group })) as Group;
    rows.push(...rowsOf(found.columns)(0, found.rows));
  }
  return rows;
}

describe('a damaged file', () => {
  const good = bytesOf(
    [
      { name: 'n', data: numbers(300), type: 'INT32' },
      { name: 'far', data: numbers(300).map(n => `t${n}`) },
      { name: 'few', data: numbers(300).map(n => (n % 7 === 0 ? null : `t${n % 3}`)) },
      { name: 'delta', data: numbers(300).map(BigInt), type: 'INT64', encoding: 'DELTA_BINARY_PACKED' },
    ],
    { rowGroupSize: 150 },
  );

  it('is whole to begin with', async () => {
    expect(await rowsIn(good)).toEqual(numbers(300).map(n => ({ n, far: `t${n}`, few: n % 7 === 0 ? null : `t${n % 3}`, delta: n })));
  });

  it('with any byte changed gives rows or an error, in time, and never ends the process', async () => {
    let failed = 0;
    for (let at = 0; at < good.length; at += 5)
      await rowsIn(good.with(at, good[at]! ^ 0xff)).catch((cause: unknown) => {
        expect(cause).toBeInstanceOf(Error);
        failed++;
      });
    expect(failed).toBeGreaterThan(good.length / 5 / 4);
  });
});

describe('checkPage', () => {
  const path = [{ element: { repetition_type: 'REQUIRED' } }] as unknown as Parameters<typeof checkPage>[3];
  const header = (num_values: number): Parameters<typeof checkPage>[0] => ({ data_page_header: { num_values, encoding: 'RLE_DICTIONARY' } }) as unknown as Parameters<typeof checkPage>[0];
  const check = (values: number, ...bytes: number[]): void => checkPage(header(values), Uint8Array.from(bytes), new Uint8Array(), path);

  it('takes runs of as many values as there are', () => {
    expect(() => check(100, 1, 200, 1, 0)).not.toThrow();
    expect(() => check(8, 1, 3, 0xff)).not.toThrow();
    expect(() => check(100, 0)).not.toThrow();
  });

  it('refuses a run of more, be it two thousand million', () => {
    expect(() => check(99, 1, 200, 1, 0)).toThrow('100 values where 99 are left');
    expect(() => check(99, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0)).toThrow('values where 99 are left');
    expect(() => check(99, 1, 0xff, 0xff, 0xff, 0xff, 0x07, 0)).toThrow('values where 99 are left');
    expect(() => check(99, 77, 2, 0)).toThrow('77 bits');
  });
});

describe('zstdBound', () => {
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  it('reads the declared size, or adds up the blocks', () => {
    expect(zstdBound(Uint8Array.of(...magic, 0x20, 7))).toBe(7);
    expect(zstdBound(Uint8Array.of(...magic, 0x60, 1, 0))).toBe(257);
    expect(zstdBound(Uint8Array.of(...magic, 0xa0, 1, 0, 1, 0))).toBe(65_537);
    // A window byte, then a repeated block of 1,000 bytes and a last, compressed one.
    expect(zstdBound(Uint8Array.of(...magic, 0, 0x58, (1_000 << 3) & 0xff | 2, 1_000 >> 5, 0, 42, (2 << 3) | 4 | 1, 0, 0))).toBe(1_000 + 131_072);
  });
});

describe('a file that needs another package', () => {
  it('says which', async () => {
    const bytes = bytesOf([{ name: 'n', data: [1] }], { codec: 'GZIP', compressors: { GZIP: input => input } });
    await expect(rowsIn(bytes, { compressors: undefined })).rejects.toThrow('npm install hyparquet-compressors');
  });
});
