/** `npm start -- --durable` on one row group of the file, killed twenty times: the files come out as those of a run that nobody disturbed. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { Stream } from 'millrace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flightRows, type FlightRow } from '../../examples/flights/data.js';
import { seeded } from '../../src/testing/random.js';

/** Rows of one row group of the file. */
const ROWS = 272_728;
const KILLS = 20;

describe('npm start -- --durable', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-durable-'));
  const cache = resolve('node_modules/.cache/millrace-examples');
  const program = join(cache, `flights-durable-${process.pid}.mjs`);
  const input = join(folder, 'group.parquet');
  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    await build({ entryPoints: [resolve('examples/flights/main.ts')], outfile: program, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', logLevel: 'warning', tsconfig: resolve('tsconfig.json') });
    const rows: FlightRow[] = [];
    for await (const row of Stream.from(flightRows())) if (rows.push(row) === ROWS) break;
    const columns = (['date', 'delay', 'distance', 'origin', 'destination'] as const).map(name => ({ name, data: rows.map(row => (name === 'date' ? new Date(row.date) : row[name])), type: name === 'date' ? ('TIMESTAMP' as const) : name === 'origin' || name === 'destination' ? ('STRING' as const) : ('INT32' as const) }));
    writeFileSync(input, Buffer.from(parquetWriteBuffer({ columnData: columns })));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(program, { force: true });
  });
  /** Lines of the files, sorted. */
  const filesIn = (cwd: string): Record<string, readonly string[]> =>
    Object.fromEntries(readdirSync(join(cwd, 'out')).toSorted().filter(name => name !== 'summary.json').map(name => [name, readFileSync(join(cwd, 'out', name), 'utf8').split('\n').toSorted()]));
  const place = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path);
    return path;
  };

  it(`killed ${KILLS} times gives the files of an undisturbed run`, async () => {
    const calm = place('calm');
    const { status, stderr } = spawnSync(process.execPath, [program, '--file', input], { cwd: calm, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const expected = filesIn(calm);
    expect(expected['hours.csv']?.length).toBeGreaterThan(10_000);

    const random = seeded(20);
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      const cwd = place(`round-${round}`);
      for (let ended = false; !ended; ) {
        const child = spawn(process.execPath, [program, '--durable', '--file', input, '--every', '30ms'], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
        let errors = '';
        child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
        const done = new Promise<number | null>(give => child.once('close', give));
        const timer = setTimeout(() => child.kill('SIGKILL'), kills < KILLS ? 200 + random() * 900 : 600_000);
        const code = await done;
        clearTimeout(timer);
        if (child.signalCode === 'SIGKILL') kills++;
        else expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' });
        ended = code === 0;
      }
      const found = filesIn(cwd);
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      for (const [name, lines] of Object.entries(expected)) expect(found[name]?.length === lines.length && lines.every((line, i) => line === found[name]?.[i]), name).toBe(true);
      expect(JSON.parse(readFileSync(join(cwd, 'out/summary.json'), 'utf8'))).toMatchObject({ read: ROWS });
    }
    expect(kills).toBe(KILLS);
  });
});
