/**
 * How long a job of 200,000 keys is away: killed by SIGKILL at random, at least half of the time in an open checkpoint, and started again. Measured from its start, and from the kill before it, to the first new
 * records that somebody can read: those of the first checkpoint that is through, visible in the files. The input goes on where it was, so that a round takes no longer than that.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../src/testing/random.js';
import { start, type Child } from './child.js';
import type { Campaign } from './main.js';

const KEYS = 200_000;
/** The job takes no more than so many before all of them are visible or it is killed. */
const IN_FLIGHT = 50_000;
/** Milliseconds. */
const GOAL = 1_000;
const EVERY = 100;

interface Line {
  readonly id: number;
  readonly key: string;
  readonly n: number;
  readonly total: number;
}

export const recovery: Campaign = async ({ n, seed, installed, tell }) => {
  const random = seeded(seed);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-recovery-'));
  const begin = (records?: number): Child => start(installed, { folder, keys: KEYS, every: EVERY, lease: '1s', records }, { script: 'recovery-job.mjs' });
  const fromStart: number[] = [];
  const fromKill: number[] = [];
  let open = 0;
  try {
    let child = begin();
    const working = async (): Promise<void> => {
      const end = await Promise.race([child.worked, child.ended]);
      if (end !== undefined) throw new Error(`The job ended with ${end}: ${child.errors()}`);
    };
    await working();
    for (let last = performance.now(); fromKill.length < n; ) {
      await pause(50 + random() * 300);
      if (random() < 0.6) {
        await Promise.race([child.begins(), child.ended, pause(3_000)]);
        if (random() < 0.7) await pause(random() * 12);
      }
      if (child.open()) open++;
      const killed = performance.now();
      child.process.kill('SIGKILL');
      await child.ended;
      child = begin();
      await working();
      fromKill.push(performance.now() - killed);
      fromStart.push(child.first() ?? Number.POSITIVE_INFINITY);
      if (performance.now() - last > 10_000) {
        last = performance.now();
        tell(`${fromKill.length} of ${n} kills, ${open} of them in an open checkpoint; from the start ${JSON.stringify(spread(fromStart))}`);
      }
    }
    child.process.kill('SIGKILL');
    await child.ended;
    // To an end, so that all of it can be looked at.
    const records = (await count(join(folder, 'running'))) + IN_FLIGHT;
    const end = await begin(records).ended;
    if (end !== 0) throw new Error(`The last run ended with ${end}.`);
    const complaints = await wrong(join(folder, 'running'), records);
    const figures = { kills: n, inOpenCheckpoint: open, keys: KEYS, records, fromStartMs: spread(fromStart), fromKillMs: spread(fromKill) };
    if (figures.fromKillMs.p99 > GOAL) complaints.push(`From a kill to the first new output it takes ${figures.fromKillMs.p99} ms (p99), more than ${GOAL}.`);
    return { complaints, figures };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

function spread(times: readonly number[]): { readonly p50: number; readonly p99: number; readonly most: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.POSITIVE_INFINITY);
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

async function* texts(folder: string): AsyncGenerator<string> {
  for (const name of (await readdir(folder)).filter(each => each.endsWith('.ndjson')).toSorted()) yield readFile(join(folder, name), 'utf8');
}

async function count(folder: string): Promise<number> {
  let lines = 0;
  for await (const text of texts(folder)) lines += text.split('\n').length - 1;
  return lines;
}

/** Every record once, each key in order, with the number and total its key had then: computed from the input, whose records recovery-job.mjs makes in the same way. */
async function wrong(folder: string, records: number): Promise<string[]> {
  const complaints: string[] = [];
  const keyOf = (id: number): number => (id * 7_919) % KEYS;
  const totals = new Float64Array(KEYS);
  const right = { n: new Uint32Array(records), total: new Float64Array(records) };
  for (let id = 0; id < records; id++) {
    const key = keyOf(id);
    right.n[id] = Math.floor(id / KEYS) + 1; // each pass has every key once
    right.total[id] = totals[key] = (totals[key] ?? 0) + (id % 997);
  }
  const seen = new Uint32Array(KEYS);
  let lines = 0;
  for await (const text of texts(folder)) {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const { id, key, n, total } = JSON.parse(line) as Line; // what the job writes there
      const number = keyOf(id);
      lines++;
      if (key !== `k${number}` || n !== right.n[id] || total !== right.total[id]) complaints.push(`${line} is not what it should be (n ${right.n[id]}, total ${right.total[id]})`);
      else if (n !== (seen[number] ?? 0) + 1) complaints.push(`${line} comes after n ${seen[number]} of its key`);
      seen[number] = n;
      if (complaints.length > 10) return complaints;
    }
  }
  if (lines !== records) complaints.push(`There are ${lines} lines for ${records} records.`);
  return complaints;
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
