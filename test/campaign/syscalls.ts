/**
 * C2: the job is killed at the entry of every call with which it writes to its folder: each write, sync, rename, cut, opening and removal, found by watching one run. After each it is started again and must
 * come to the right answer. With `--pairs yes` the second run is killed too, at each call again. Needs strace (`apt-get install strace`).
 *
 * strace counts calls by thread, so the job has one thread for files (UV_THREADPOOL_SIZE=1): its calls then come in one order, whatever the time of day.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { start, type JobOptions } from './child.js';
import type { Campaign } from './main.js';
import { linesOf, runningComplaints, windowComplaints, windowsOf, writeInput, type WindowRow } from './truth.js';

export const CALLS = ['write', 'pwrite64', 'writev', 'pwritev', 'fsync', 'fdatasync', 'msync', 'rename', 'renameat', 'renameat2', 'ftruncate', 'link', 'linkat', 'openat', 'unlink', 'unlinkat', 'mkdir', 'mkdirat'];
const KEYS = 60;
const RECORDS = 3_000;
const AT_ONCE = 2;
export const ONE_THREAD = { UV_THREADPOOL_SIZE: '1' };

export interface Point {
  readonly call: string;
  /** Of its kind, by whichever thread comes to it first. */
  readonly at: number;
}

const named = ({ call, at }: Point): string => `${call} ${at}`;

export const syscalls: Campaign = async ({ n, seed, installed, state, tell, option }) => {
  await promisify(execFile)('strace', ['--version']).catch(() => {
    throw new Error('strace is not there: apt-get install strace');
  });
  const pairs = option('pairs') !== undefined;
  const folder = await mkdtemp(join(tmpdir(), 'millrace-syscalls-'));
  const complaints: string[] = [];
  let reached = 0;
  let tried = 0;
  try {
    const input = join(folder, 'input.ndjson');
    const records = pairs ? 300 : RECORDS;
    await writeInput(input, seed, records, KEYS);
    const truth = windowsOf(seed, records, KEYS);
    const jobIn = (at: string): JobOptions => ({ input, folder: at, state, every: 1_000_000, dirty: pairs ? 1_000_000 : KEYS / 2, lease: '100ms' });
    const run = async (at: string, point: Point | undefined): Promise<boolean> => {
      const before = point === undefined ? [] : ['strace', '-f', '-qqq', '-o', '/dev/null', '-e', `trace=${point.call}`, '-e', `inject=${point.call}:signal=SIGKILL:when=${point.at}`];
      const child = start(installed, jobIn(at), { before, env: ONE_THREAD });
      const end = await child.ended;
      if (end === 'SIGKILL' || end === 137) return true;
      if (end !== 0) complaints.push(`${point === undefined ? 'Started again' : named(point)}: the job ended with ${end}: ${child.errors().slice(0, 300)}`);
      return false;
    };
    const verify = async (at: string, title: string): Promise<void> => {
      const windows = (await linesOf(join(at, 'windows'))) as unknown as readonly WindowRow[]; // what the job writes there
      const wrong = [...windowComplaints(windows, truth), ...runningComplaints(await linesOf(join(at, 'running')), seed, records, KEYS, true)];
      if (wrong.length > 0) complaints.push(`${title}: ${wrong.slice(0, 3).join('; ')}`);
    };

    const points = await watched(installed, jobIn(join(folder, 'watched')), join(folder, 'trace'));
    tell(`${points.length} calls`);
    const plans: readonly (readonly Point[])[] = pairs ? points.flatMap(first => points.map(second => [first, second])) : points.map(point => [point]);
    const wanted = n === 0 ? plans.length : Math.min(n, plans.length);
    const left = Array.from({ length: wanted }, (_, i) => plans[Math.floor(((i + 0.5) * plans.length) / wanted)] ?? []).entries();
    let last = performance.now();
    const lane = async (): Promise<void> => {
      for (const [index, plan] of left) {
        const at = join(folder, `run-${index}`);
        for (const point of plan) if (await run(at, point)) reached++;
        await run(at, undefined);
        await verify(at, plan.map(named).join(', then '));
        tried++;
        await rm(at, { recursive: true, force: true });
        if (performance.now() - last > 10_000) {
          last = performance.now();
          tell(`${tried} of ${wanted}, ${reached} kills`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    if (reached < tried * 0.8) complaints.push(`Only ${reached} kills in ${tried} runs: the calls of a run are not those of the run that was watched.`);
    const kinds = Object.fromEntries(CALLS.map(call => [call, points.filter(point => point.call === call).length] as const).filter(([, count]) => count > 0));
    return { complaints, figures: { points: points.length, runs: tried, of: plans.length, kills: reached, calls: kinds } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * What Node says to its own threads through is no file, and an error from it there is none (Node would end the process). A fault is told by the number of a call in its thread, whichever comes to it first: where the
 * call of that number is one of these in any thread, it would be this one.
 */
const NO_FILE = /^\d+ +\w+\(\d+<(?:anon_inode|pipe|socket):/;

/** One run, to its end: which calls of each kind, counted by thread, have to do with the folder, and with nothing that is no file. */
export async function watched(installed: string, options: JobOptions, out: string): Promise<readonly Point[]> {
  const child = start(installed, options, { before: ['strace', '-f', '--seccomp-bpf', '-y', '-qqq', '-s', '300', '-o', out, '-e', `trace=${CALLS.join(',')}`], env: ONE_THREAD });
  const end = await child.ended;
  if (end !== 0) throw new Error(`The job that was watched ended with ${end}: ${child.errors()}`);
  const counts = new Map<string, number>();
  const points = new Map<string, Point>();
  const others = new Set<string>();
  for (const line of (await readFile(out, 'utf8')).split('\n')) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    const id = `${thread} ${call}`;
    const at = (counts.get(id) ?? 0) + 1;
    counts.set(id, at);
    if (NO_FILE.test(line)) others.add(named({ call, at }));
    if (line.includes(options.folder)) points.set(named({ call, at }), { call, at });
  }
  return [...points.values()].filter(point => !others.has(named(point)));
}
