/** Text files by the contract suites of sources and sinks. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, it } from 'vitest';
import { csv, csvFile, ndjson, ndjsonFile } from '../../../src/connectors/files/index.js';
import { sinkSuite } from '../../../src/testing/suites/sink.js';
import { sourceSuite } from '../../../src/testing/suites/source.js';
import type { Source } from '../../../src/core/source.js';

interface Row {
  readonly n: number;
  readonly text: string;
}
const rows = (from: number, to: number): Row[] => Array.from({ length: to - from }, (_, i) => ({ n: from + i, text: `line ${from + i}: ü€😀` }));
const json = (list: readonly Row[]): string => list.map(row => `${JSON.stringify(row)}\n`).join('');
const table = (list: readonly Row[]): string => `n,text\r\n${list.map(row => `${row.n},"${row.text}"\r\n`).join('')}`;
const asTexts = (list: readonly Row[]): Record<string, string>[] => list.map(row => ({ n: String(row.n), text: row.text }));

/** Writes files, and reads them as one source. */
const filesOf = <T>(source: (paths: string[]) => Source<T>, contents: readonly { readonly name: string; readonly text: string; readonly expected: readonly T[]; readonly failures?: number }[]) => async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-suite-'));
  const expected: Record<string, readonly T[]> = {};
  const failures: Record<string, number> = {};
  for (const { name, text, expected: values, failures: broken = 0 } of contents) {
    const path = join(folder, name);
    await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
    expected[path] = values;
    failures[path] = broken;
  }
  return { source: source(Object.keys(expected)), expected, failures, close: () => rm(folder, { recursive: true }) };
};

describe('ndjson', () => {
  const contents = [
    { name: 'a.ndjson', text: json(rows(0, 40)), expected: rows(0, 40) },
    { name: 'broken.ndjson', text: `${json(rows(0, 5))}{"n": \n${json(rows(5, 9))}oops\n`, expected: rows(0, 9), failures: 2 },
    { name: 'packed.ndjson.gz', text: json(rows(0, 30)), expected: rows(0, 30) },
    { name: 'no-last-line-feed.ndjson', text: json(rows(0, 3)).trimEnd(), expected: rows(0, 3) },
    { name: 'empty.ndjson', text: '', expected: [] },
  ];
  for (const { name, run } of sourceSuite(filesOf(paths => ndjson<Row>(paths), contents))) it(name, run);
});

describe('csv', () => {
  const contents = [
    { name: 'a.csv', text: table(rows(0, 40)), expected: asTexts(rows(0, 40)) },
    { name: 'broken.csv', text: `${table(rows(0, 5))}1,2,3\r\n`, expected: asTexts(rows(0, 5)), failures: 1 },
    { name: 'packed.csv.gz', text: table(rows(0, 30)), expected: asTexts(rows(0, 30)) },
    { name: 'head-only.csv', text: table([]), expected: [] },
  ];
  for (const { name, run } of sourceSuite(filesOf(paths => csv(paths), contents))) it(name, run);
});

describe.each(['out.ndjson', 'out.ndjson.gz'])('ndjsonFile %s', name => {
  const suite = sinkSuite<Row>(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-suite-'));
    const path = join(folder, name);
    const text = async (): Promise<string> => (name.endsWith('.gz') ? gunzipSync(await readFile(path)).toString() : readFile(path, 'utf8'));
    return { sink: ndjsonFile<Row>(path), record: i => rows(i, i + 1)[0]!, arrived: async () => (await text()).split('\n').slice(0, -1).map(line => JSON.parse(line) as Row), close: () => rm(folder, { recursive: true }) };
  });
  for (const { name: what, run } of suite) it(what, run);
});

describe('csvFile', () => {
  const suite = sinkSuite<Row>(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-suite-'));
    const path = join(folder, 'out.csv');
    const arrived = async (): Promise<string[]> => (await readFile(path, 'utf8')).split(/\r?\n/).slice(1).filter(line => line !== '');
    return { sink: csvFile<Row>(path, { columns: ['n', 'text'] }), record: i => rows(i, i + 1)[0]!, seen: row => `${row.n},${row.text}`, arrived, close: () => rm(folder, { recursive: true }) };
  });
  for (const { name, run } of suite) it(name, run);
});
