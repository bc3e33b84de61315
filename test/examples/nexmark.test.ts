/** Every query on 100,000 events, in order and with two seconds of disorder, against the digests that Apache Flink gave; and the command as a user runs it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { argumentsOf } from '../../examples/nexmark/arguments.js';
import type { Data } from '../../examples/nexmark/events.js';
import { disordered, nexmark, sideTable } from '../../examples/nexmark/generate.js';
import { measured, type Measured } from '../../examples/nexmark/measure.js';
import { queries } from '../../examples/nexmark/queries.js';

/** What Flink gave: hash of the lines of events, and of each query the number of rows and their digest. */
const expected = JSON.parse(readFileSync(new URL('nexmark.json', import.meta.url), 'utf8')) as Record<string, { readonly events: string; readonly queries: Record<string, readonly [rows: number, digest: string]> }>;

const folder = mkdtempSync(join(tmpdir(), 'millrace-nexmark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has all queries but those that join tables again, and the one that no engine answers', () => {
  const left = Object.keys(expected['0']?.queries ?? {}).filter(name => !queries.has(name));
  expect(left).toEqual(['q4', 'q9']);
});

describe.each([0, 2_000])('with %i ms of disorder', disorder => {
  const data: Data = { events: [...disordered(nexmark({ events: 100_000 }), disorder)], side: [...sideTable()] };
  const of = expected[String(disorder)];

  it('makes up the same events as everywhere', () => {
    const hash = createHash('sha256');
    for (const event of data.events) hash.update(`${JSON.stringify(event)}\n`);
    expect(hash.digest('hex')).toBe(of?.events);
  });
  it.each([...queries])('%s gives the rows that Flink gives', async (name, query) => {
    const { results, digest } = await measured(name, query, data, disorder);
    expect([results, digest]).toEqual(of?.queries[name]);
  });
});

describe('the command', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [resolve('examples/run.mjs'), 'nexmark', ...args], { encoding: 'utf8' });

  it('reads files, and prints a line for each query', () => {
    const file = join(folder, 'events.ndjson');
    const lines = (rows: Iterable<unknown>): string => [...rows].map(row => `${JSON.stringify(row)}\n`).join('');
    writeFileSync(file, lines(disordered(nexmark({ events: 100_000 }), 2_000)));
    writeFileSync(join(folder, 'side.ndjson'), lines(sideTable()));
    const { status, stdout, stderr } = run(file, '--disorder', '2000', '--queries', 'q2,q13');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const printed = stdout.trim().split('\n').map(line => JSON.parse(line) as Measured);
    expect(printed.map(({ query, results, digest }) => [query, results, digest])).toEqual(['q2', 'q13'].map(name => [name, ...(expected['2000']?.queries[name] ?? [])]));
    for (const { seconds, eventsPerSecond } of printed) expect(Math.abs(seconds * eventsPerSecond - 100_000)).toBeLessThan(5_000);
  });
  it('says what is wrong, and how it is used', () => {
    const { status, stderr } = run('--queries', 'q4');
    expect(status).toBe(1);
    expect(stderr).toContain('there is no q4');
    expect(stderr).toContain('Usage:');
    expect(run(join(folder, 'nowhere.ndjson')).status).toBe(1);
  });
  it.each([
    [['--disorder', '-1'], '--disorder takes a whole number'],
    [['--disorder'], '--disorder takes a whole number'],
    [['--queries', ''], 'none given'],
    [['--fast'], 'There is no option --fast'],
    [['a', 'b'], 'Two files'],
  ])('%j is refused', (args, message) => expect(() => argumentsOf(args)).toThrow(message));
});
