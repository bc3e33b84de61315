/**
 * State ten times the memory given: a job whose state, held in memory, takes more than ten times what `--max-old-space-size` gives its process; with the same job over `memory()`, in a process with room for all of it, as the
 * measure of right answers' pace. Both must give what is computed here without the library. `--n`: pairs of runs, one after the other; the median counts.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Campaign } from './main.js';

/** Given to the process, in megabytes; V8 counts its old objects only. */
const MEMORY = 64;
const TIMES = 10;
const GOAL = 0.2;
const KEYS = 1_100_000;
const RECORDS = 2_200_000;
/** Amounts kept of each key. */
const RECENT = 30;
/** Entries that stay decoded, and changed ones that begin a checkpoint. */
const ENTRIES = 8_000;

interface Done {
  readonly ms: number;
  readonly sum: number;
  readonly seen: number;
  /** Megabytes of the heap with all of the state in it, and of the whole process at most. */
  readonly held: number;
  readonly most: number;
}

export const larger: Campaign = async ({ n, installed, tell }) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-larger-'));
  const complaints: string[] = [];
  const right = answer();
  const turn = async (title: string, node: readonly string[], state?: string): Promise<Done> => {
    const options = JSON.stringify({ keys: KEYS, records: RECORDS, recent: RECENT, entries: ENTRIES, folder: state });
    const { stdout } = await promisify(execFile)(process.execPath, [...node, join(installed, 'larger-job.mjs'), options], { cwd: installed, env: { ...process.env, NODE_OPTIONS: '' } });
    const done = JSON.parse(stdout) as Done; // what the job writes
    tell(`${title}: ${JSON.stringify(done)}`);
    if (done.sum !== right || done.seen !== RECORDS) complaints.push(`${title}: ${done.seen} records with ${done.sum}, not ${RECORDS} with ${right}`);
    return done;
  };
  try {
    const ratios: number[] = [];
    let [held, ours, theirs] = [0, 0, 0];
    for (let pair = 0; pair < n; pair++) {
      const state = join(folder, `state-${pair}`);
      const small = await turn(`on the disk, --max-old-space-size=${MEMORY}`, [`--max-old-space-size=${MEMORY}`], state);
      await rm(state, { recursive: true });
      const large = await turn('in memory', ['--expose-gc', '--max-old-space-size=8192']);
      ratios.push(large.ms / small.ms);
      [held, ours, theirs] = [large.held, small.ms, large.ms];
    }
    const ratio = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0;
    if (held < MEMORY * TIMES) complaints.push(`In memory the state takes ${Math.round(held)} MB, less than ${TIMES} times ${MEMORY} MB.`);
    if (ratio < GOAL) complaints.push(`On the disk it has ${ratio.toFixed(3)} of the throughput in memory, less than ${GOAL}.`);
    const pace = (ms: number): number => Math.round(RECORDS / ms) * 1_000;
    return { complaints, figures: { pairs: n, keys: KEYS, records: RECORDS, memoryMB: MEMORY, stateInMemoryMB: Math.round(held), perSecondOnDisk: pace(ours), perSecondInMemory: pace(theirs), ratio: Number(ratio.toFixed(3)) } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The sum of what the job gives: of each record the number of those of its key so far, times 7, the total of their amounts, and the amount that is forgotten. */
function answer(): number {
  const count = new Uint32Array(KEYS);
  const total = new Float64Array(KEYS);
  const kept = new Uint16Array(KEYS * RECENT);
  let sum = 0;
  for (let id = 0; id < RECORDS; id++) {
    const key = id < KEYS ? id : (Math.imul(id, 0x9e3779b1) >>> 0) % KEYS;
    const amount = (id * 31) % 1_000;
    const before = count[key] ?? 0;
    const at = key * RECENT + (before % RECENT);
    sum += (before + 1) * 7 + (total[key] = (total[key] ?? 0) + amount) + (kept[at] ?? 0);
    count[key] = before + 1;
    kept[at] = amount;
  }
  return sum;
}
