/** The batch view of ten million events from their log, and the peak memory of the process that computes it; the rival reads the same files and groups in a `Map`, and keeps what it has found in memory. */
import { fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count } from 'millrace';
import { masterLog } from 'millrace/log';
import { buildBatch } from 'millrace/views';
import { systemEnvironment } from '../../../src/core/clock.js';
import { contest } from '../kit/contest.js';
import { report } from '../kit/report.js';

const EVENTS = 10_000_000;
const KEYS = 1_000;
const HOURS = 200;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
/** Set for children: where the log is, and that one of them is looked at for its memory. */
const FOLDER = 'MILLRACE_BENCH_LOG';
const WEIGHED = 'MILLRACE_BENCH_WEIGHED';

interface Hit {
  readonly url: string;
  readonly at: number;
}

async function writeLog(folder: string): Promise<void> {
  const over = new AbortController();
  const writer = await masterLog(join(folder, 'log')).open(systemEnvironment(over.signal), undefined);
  for (let i = 0; i < EVENTS; i++) {
    const at = START + Math.floor((i / EVENTS) * HOURS * HOUR);
    writer.append(0, { url: `/page/${(i * 7_919) % KEYS}`, at } satisfies Hit, at);
    if (i % 1_000 === 0) await writer.room();
  }
  await writer.sync();
  await writer.close();
}

let built = 0;
async function byMillrace(folder: string): Promise<string> {
  const versions = join(folder, `views-${process.pid}-${++built}`);
  await buildBatch('hits', { key: (hit: Hit) => hit.url, every: '1h', aggregate: count(), log: masterLog(join(folder, 'log')), folder: versions });
  return versions;
}

/** Frames have a head of 15 bytes (length, checksum, kind, position); kind 1 is a block: how, number of events, their times, and the events as a JSON array. */
function byHand(folder: string): Map<string, Map<number, number>> {
  const found = new Map<string, Map<number, number>>();
  const place = join(folder, 'log', '0');
  for (const name of readdirSync(place).filter(file => file.endsWith('.log')).sort()) {
    const file = openSync(join(place, name), 'r');
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(rest.length + 2 ** 20);
      rest.copy(chunk);
      const read = readSync(file, chunk, rest.length, 2 ** 20, null);
      const bytes = chunk.subarray(0, rest.length + read);
      let at = 0;
      while (at + 15 <= bytes.length) {
        const length = bytes.readUInt32LE(at);
        const end = at + 15 + length;
        if (end > bytes.length) break;
        if (bytes[at + 8] === 1) {
          const events = bytes.readUInt32LE(at + 16);
          const text = bytes.toString('utf8', at + 20 + 8 * events, end);
          const hits = JSON.parse(text) as readonly Hit[]; // as it was written
          for (let i = 0; i < events; i++) {
            const time = bytes.readDoubleLE(at + 20 + 8 * i);
            const hour = Math.floor(time / HOUR) * HOUR;
            const url = hits[i]?.url ?? '';
            let hours = found.get(url);
            if (hours === undefined) found.set(url, (hours = new Map()));
            hours.set(hour, (hours.get(hour) ?? 0) + 1);
          }
        }
        at = end;
      }
      rest = Buffer.from(bytes.subarray(at));
      if (read === 0) break;
    }
    closeSync(file);
  }
  return found;
}

/** Rows, events, and a sum that knows which row has how many. */
function essence(answer: string | Map<string, Map<number, number>>): readonly number[] {
  let [rows, events, sum] = [0, 0, 0];
  const take = (url: string, hour: number, n: number): void => {
    rows++;
    events += n;
    sum = (sum + n * Number(url.slice(6)) * ((hour - START) / HOUR + 1)) % 1_000_000_007;
  };
  if (typeof answer === 'string') {
    for (const line of readFileSync(join(answer, 'version-0000000001', 'rows.ndjson'), 'utf8').split('\n')) if (line !== '') take(...(JSON.parse(line) as [string, number, number]));
    rmSync(answer, { recursive: true });
  } else for (const [url, hours] of answer) for (const [hour, n] of hours) take(url, hour, n);
  return [rows, events, sum];
}

const given = process.env[FOLDER];
if (given !== undefined && process.env[WEIGHED] !== undefined) {
  await byMillrace(given);
  process.send?.(process.resourceUsage().maxRSS / 1_000);
} else {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    if (given === undefined) await writeLog(folder);
    process.env[FOLDER] = folder;
    await contest({ name: 'batch view of 10 M events of 1,000 keys, 200 hours, from their log', rival: 'hand-written loop over the same files, grouping in a Map', goal: 0.7, pairs: 7, turns: 'child', ours: () => byMillrace(folder), theirs: () => byHand(folder), essence });
    if (given === undefined) {
      const megabytes = await new Promise<number>((resolve, reject) => {
        const child = fork(process.argv[1] ?? '', { execArgv: [], env: { ...process.env, [WEIGHED]: '1' } });
        child.on('message', message => resolve(Number(message)));
        child.on('exit', code => reject(new Error(`It ended with ${code}.`)));
      });
      report({ name: 'peak resident memory of the process that computes it', rival: '300 MB', goal: 1, ratio: 300 / megabytes, spread: 0, detail: `${Math.round(megabytes)} MB` });
    }
  } finally {
    if (given === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
