/** Parquet files by the contract suite of sources. */
import { describe, it } from 'vitest';
import { parquet } from '../../../src/connectors/parquet/index.js';
import { sourceSuite } from '../../../src/testing/suites/source.js';
import { fileOf } from './fixtures.js';

const rows = (n: number): { n: number; text: string }[] => Array.from({ length: n }, (_, i) => ({ n: i, text: `row ${i}` }));
const file = (n: number): string =>
  fileOf(
    [
      { name: 'n', data: rows(n).map(row => row.n), type: 'INT32' },
      { name: 'text', data: rows(n).map(row => row.text), type: 'STRING' },
    ],
    { rowGroupSize: 7 },
  );

describe('parquet', () => {
  const [many, one] = [file(40), file(1)];
  const suite = sourceSuite(() => ({ source: parquet<{ n: number; text: string }>([many, one]), expected: { [many]: rows(40), [one]: rows(1) } }));
  for (const { name, run } of suite) it(name, run);
});
