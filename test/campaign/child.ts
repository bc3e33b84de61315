/** A run of the job as a process, and what it says of itself. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface JobOptions {
  readonly input: string;
  readonly folder: string;
  readonly database?: string | undefined;
  readonly table?: string | undefined;
  readonly state?: 'lmdb' | 'disk' | undefined;
  readonly every?: number | undefined;
  /** Changed entries that begin a checkpoint. */
  readonly dirty?: number | undefined;
  readonly lease?: string | undefined;
}

export interface Child {
  readonly process: ChildProcess;
  /** A checkpoint is open. */
  readonly open: () => boolean;
  /** The next one begins. */
  begins(): Promise<false>;
  /** Milliseconds from its start to the first checkpoint that was completed; and the promise of it, if it comes. */
  readonly first: () => number | undefined;
  readonly worked: Promise<void>;
  readonly finished: () => boolean;
  readonly errors: () => string;
  /** Resolves with the exit code or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts a job of an installed package, `job.mjs` unless another is named; `before` is a command that runs it (strace). */
export function start<Options extends object = JobOptions>(installed: string, options: Options, more: { readonly script?: string; readonly node?: readonly string[]; readonly before?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {}): Child {
  const command = [...(more.before ?? []), process.execPath, ...(more.node ?? []), join(installed, more.script ?? 'job.mjs'), JSON.stringify(options)];
  const [program = '', ...args] = command;
  const since = performance.now();
  const child = spawn(program, args, { cwd: installed, stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', ...more.env } });
  let depth = false;
  const listeners: (() => void)[] = [];
  let first: number | undefined;
  let tellFirst = (): void => {};
  const worked = new Promise<void>(resolve => (tellFirst = resolve));
  let finished = false;
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4_000)));
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    for (const byte of chunk.toString()) {
      if (byte === '[') {
        depth = true;
        for (const tell of listeners.splice(0)) tell();
      }
      else if (byte === ']') depth = false;
      else if (byte === '!') {
        first ??= performance.now() - since;
        tellFirst();
      }
      else if (byte === '.') finished = true;
    }
  });
  const ended = new Promise<number | NodeJS.Signals>(resolve => child.on('close', (code, signal) => resolve(signal ?? code ?? 1)));
  return { process: child, open: () => depth, begins: () => new Promise(resolve => listeners.push(() => resolve(false))), first: () => first, worked, finished: () => finished, errors: () => errors, ended };
}
