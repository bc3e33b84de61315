/**
 * Whether a store can be written at all. A process that was stopped in the middle of a commit holds LMDB's own lock, and whoever asks for it waits: this thread would, and a thread that waits cannot be
 * ended. So a process of its own asks, which can.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Clock } from '../../core/clock.js';
import { MillraceError } from '../../core/errors.js';
import type { Holder } from './holder.js';

/** Long enough for a process to start and for a commit that is not stopped. */
const LONGEST = 10_000;

// CommonJS has a file name, modules have a URL; this file is built as both.
const here = (): string => (typeof __filename === 'string' ? __filename : import.meta.url);

const program = (peer: string, folder: string): string => `
const db = require(${JSON.stringify(peer)}).open({ path: ${JSON.stringify(folder)}, noSubdir: false, keyEncoding: 'binary', encoding: 'binary', maxDbs: 1, overlappingSync: false });
db.transactionSync(() => {});
process.exit(0);`;

/** Resolves when a writer would get its turn. Throws `state-held` if the silent holder has stopped in the middle of a commit. */
export async function probe(job: string, folder: string, { pid, host }: Holder, clock: Clock, longest = LONGEST): Promise<void> {
  const child = spawn(process.execPath, ['-e', program(createRequire(here()).resolve('lmdb'), folder)], { stdio: 'ignore' });
  const over = new AbortController();
  const ended = new Promise<boolean>(resolve => {
    child.once('exit', () => resolve(true));
    child.once('error', () => resolve(true)); // no process to be had: the store itself will say
  });
  const late = clock.sleep(longest, over.signal).then(
    () => false,
    () => true,
  );
  try {
    if (await Promise.race([ended, late])) return;
  } finally {
    over.abort();
    child.kill('SIGKILL');
  }
  throw new MillraceError('state-held', `The state of job "${job}" (${folder}) is held by process ${pid} on ${host}, which gives no sign of life and has stopped in the middle of a commit. End it for good (kill -9 ${pid}), then start again.`);
}
