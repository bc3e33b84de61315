/** The flights example in a process of its own, in a folder that is removed afterwards. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROLE = 'MILLRACE_BENCH_FLIGHTS';

/** Whether this process is the one with the job. */
export const isFlightsProcess = process.env[ROLE] === 'job';

/** Starts this same script again as the process with the job; resolves to the last message that has `figure`, which is what it measured. */
export async function flightsProcess(started: (child: ChildProcess) => void = () => {}): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = fork(process.argv[1] ?? '', { cwd: folder, env: { ...process.env, [ROLE]: 'job' }, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
      let [figure, told]: [number | undefined, string] = [undefined, ''];
      child.stderr?.on('data', text => (told = `${told}${String(text)}`.slice(-2_000))); // progress, shown only if it fails
      child.on('message', message => {
        const { figure: measured } = message as { readonly figure?: number }; // what this script sends
        if (measured !== undefined) figure = measured;
      });
      child.on('error', reject);
      child.on('exit', code => (figure === undefined || code !== 0 ? reject(new Error(`The flights job ended with ${code}.\n${told}`)) : resolve(figure)));
      started(child);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
