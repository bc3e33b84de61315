/**
 * C9: calls that write fail, one in each run, with EIO, ENOSPC and EINTR (strace); and the disk is too small, really (a tmpfs of a few megabytes, where one may be mounted). The job copes, or ends and says why;
 * started again over a disk that is well, it comes to the right answer. `--n`: runs with a failing call, spread over all; 0: all. `--calls no`: only what comes after these, folders that are read-only or gone (see
 * folders.ts) and the disk that is too small.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { start, type JobOptions } from './child.js';
import { folders } from './folders.js';
import type { Campaign } from './main.js';
import { ONE_THREAD, watched } from './syscalls.js';
import { linesOf, runningComplaints, windowComplaints, windowsOf, writeInput, type WindowRow } from './truth.js';

const KEYS = 60;
const RECORDS = 3_000;
/** Do not fit into `SMALL`. */
const MANY = 60_000;
const SMALL = '2m';
const FAULTS = ['EIO', 'ENOSPC', 'EINTR'];
const WRITING = new Set(['write', 'pwrite64', 'writev', 'pwritev', 'fsync', 'fdatasync', 'msync', 'rename', 'renameat', 'renameat2', 'ftruncate', 'link', 'linkat', 'mkdir', 'mkdirat']);
/** Of folders that are read-only or gone. */
const ROUNDS = 10;
const AT_ONCE = 2;
/** No run takes longer, in milliseconds, whatever fails. */
const LIMIT = 120_000;

const command = promisify(execFile);

export const disk: Campaign = async ({ n, seed, installed, state, tell, option }) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-disk-'));
  const complaints: string[] = [];
  let figures: { readonly [name: string]: unknown } = {};
  const counts = { runs: 0, endedWithAnError: 0, coped: 0, hung: 0, tmpfs: 'no right to mount' };
  try {
    const job = (at: string, input: string): JobOptions => ({ input, folder: at, state, every: 1_000_000, dirty: KEYS / 2, lease: '100ms' });
    /** `undefined`: right to its end; else what it said. */
    const run = async (options: JobOptions, before: readonly string[]): Promise<string | undefined> => {
      const child = start(installed, options, { before, env: ONE_THREAD });
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.process.kill('SIGKILL');
      }, LIMIT);
      const end = await child.ended;
      clearTimeout(timer);
      if (late) counts.hung++;
      return end === 0 ? undefined : late ? 'it hangs' : `${end}: ${child.errors()}`;
    };
    const verify = async (options: JobOptions, title: string, records: number, keys = KEYS): Promise<void> => {
      const again = await run(options, []);
      if (again !== undefined) return void complaints.push(`${title}: started again it ends with ${again.slice(0, 300)}`);
      const windows = (await linesOf(join(options.folder, 'windows'))) as unknown as readonly WindowRow[]; // what the job writes there
      const wrong = [...windowComplaints(windows, windowsOf(seed, records, keys)), ...runningComplaints(await linesOf(join(options.folder, 'running')), seed, records, keys, true)];
      if (wrong.length > 0) complaints.push(`${title}: ${wrong.slice(0, 3).join('; ')}`);
    };

    const input = join(folder, 'input.ndjson');
    await writeInput(input, seed, RECORDS, KEYS);
    const points = (await watched(installed, job(join(folder, 'watched'), input), join(folder, 'trace'))).filter(({ call }) => WRITING.has(call));
    const plans = points.flatMap(point => FAULTS.map(fault => ({ ...point, fault })));
    const wanted = option('calls') === 'no' ? 0 : n === 0 ? plans.length : Math.min(n, plans.length);
    tell(`${points.length} calls, each with ${FAULTS.join(', ')}`);
    const left = Array.from({ length: wanted }, (_, i) => plans[Math.floor(((i + 0.5) * plans.length) / wanted)]).entries();
    const lane = async (): Promise<void> => {
      for (const [index, plan] of left) {
        if (plan === undefined) continue;
        const title = `${plan.call} ${plan.at} ${plan.fault}`;
        const options = job(join(folder, `run-${index}`), input);
        const answer = await run(options, ['strace', '-f', '--seccomp-bpf', '-qqq', '-o', '/dev/null', '-e', `trace=${plan.call}`, '-e', `inject=${plan.call}:error=${plan.fault}:when=${plan.at}`]);
        counts.runs++;
        if (answer === undefined) counts.coped++;
        else {
          counts.endedWithAnError++;
          if (answer.trim().endsWith(':') || answer === 'it hangs' || answer.startsWith('SIG')) complaints.push(`${title}: it ended with ${answer.slice(0, 200)}`);
        }
        await verify(options, title, RECORDS);
        await rm(options.folder, { recursive: true, force: true });
        if (counts.runs % 10 === 0) tell(`${counts.runs} of ${wanted}: ${JSON.stringify(counts)}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));

    const ofFolders = await folders({ installed, folder, seed, state, rounds: ROUNDS, tell, verify });
    complaints.push(...ofFolders.complaints);
    figures = ofFolders.figures;

    const small = join(folder, 'small');
    await mkdir(small);
    const mounted = await command('mount', ['-t', 'tmpfs', '-o', `size=${SMALL}`, 'tmpfs', small]).then(() => true, () => false);
    if (mounted) {
      try {
        const many = join(folder, 'many.ndjson');
        await writeInput(many, seed, MANY, KEYS);
        const options = { ...job(join(small, 'data'), many), every: 50, dirty: undefined };
        const since = performance.now();
        const answer = await run(options, []);
        counts.tmpfs = answer === undefined ? 'it fitted' : `ended after ${Math.round(performance.now() - since)} ms`;
        if (answer === undefined || !/space|full|ENOSPC/i.test(answer)) complaints.push(`A full disk: it ended with ${answer?.slice(0, 300) ?? 'no error'}`);
        await command('mount', ['-o', 'remount,size=256m', small]);
        await verify(options, 'After a full disk', MANY);
      } finally {
        await command('umount', ['-l', small]);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { complaints, figures: { ...counts, folders: figures } };
};
