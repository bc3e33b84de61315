/** A batch view computed by several threads: each has a part of the log and puts what it comes to aside in sorted runs, which are merged here. */
import { Worker } from 'node:worker_threads';
import { systemDisk } from '../core/disk.js';
import { DataError, MillraceError, type Problem } from '../core/errors.js';
import type { MasterLog } from '../core/master-log.js';
import { blocksIn, type LogRange, type Progress } from './build.js';
import type { Definition } from './definition.js';
import type { Aside, Run } from './runs.js';
import type { Task, Told } from './worker.js';

/** How many workers, and what they begin with. */
export interface Workers {
  readonly count: number;
  /** A module that calls `batchWorker`. */
  readonly module: string | URL;
}

/** Where threads begin, as users say it. */
export interface WorkerOptions {
  /** A module that calls `batchWorker` with the same definition and log: versions are computed in threads of their own. */
  readonly module?: string | URL | undefined;
  /** How many of them; default 1. */
  readonly workers?: number | undefined;
}

/** The workers of some options, or what is wrong with them. */
export function workersOf({ module, workers }: WorkerOptions, where: string): { readonly problems: readonly Problem[]; readonly workers: Workers | undefined } {
  const problems: Problem[] = [];
  if (workers !== undefined && !(Number.isSafeInteger(workers) && workers > 0)) problems.push({ code: 'view', where, what: `\`workers\` is ${String(workers)}.`, fix: 'Give a whole number above 0.' });
  if (workers !== undefined && module === undefined) problems.push({ code: 'view', where, what: 'there are `workers` without a `module`.', fix: 'Functions cannot be handed to a thread: put the definition and the log into a module that calls `batchWorker(definition, log)`, and give its URL.' });
  return { problems, workers: module === undefined ? undefined : { count: workers ?? 1, module: typeof module === 'string' && module.startsWith('file:') ? new URL(module) : module } };
}

export interface InWorkersOptions {
  readonly view: string;
  readonly definition: Definition;
  readonly log: MasterLog;
  readonly aside: Aside | undefined;
  readonly ranges: readonly LogRange[];
  readonly memory: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
}

/** What all workers have put aside, in the order of the log. */
export interface FromWorkers {
  readonly runs: readonly Run[];
  readonly events: number;
  readonly skipped: number;
}

/** Ranges in parts of about the same number of blocks, in their order. */
export function partsOf(ranges: readonly LogRange[], count: number): readonly (readonly LogRange[])[] {
  const most = Math.max(1, Math.ceil(blocksIn(ranges) / count));
  const parts: LogRange[][] = [];
  let room = 0;
  for (const { partition, from, to } of ranges) {
    for (let at = from; at < to; ) {
      if (room === 0) {
        parts.push([]);
        room = most;
      }
      const end = Math.min(to, at + room);
      parts.at(-1)?.push({ partition, from: at, to: end });
      room -= end - at;
      at = end;
    }
  }
  return parts;
}

/** Rejects with the first failure, the worker's own error as its `cause`; then, and when the signal is aborted, all workers are ended. */
export async function inWorkers({ count, module }: Workers, { view, definition, log, aside, ranges, memory, signal, onProgress }: InWorkersOptions): Promise<FromWorkers> {
  if (aside?.disk !== systemDisk) throw new DataError('view-workers', `View "${view}" is to be computed by workers, and its versions are on a disk that other threads do not see. Leave \`workers\` out here.`);
  signal?.throwIfAborted();
  const of = blocksIn(ranges);
  const parts = partsOf(ranges, count);
  const progress = parts.map(() => ({ done: 0, events: 0 }));
  const workers: Worker[] = [];
  const one = (part: readonly LogRange[], place: number): Promise<Extract<Told, { kind: 'done' }>> =>
    new Promise((resolve, reject) => {
      const task: Task = { millrace: 'batch', codeHash: definition.codeHash, log: { name: log.name, partitions: log.partitions }, ranges: part, folder: aside.folder, maker: `worker${place}`, memory: memory / parts.length };
      const worker = new Worker(module, { workerData: task, name: `millrace-batch-${place}` });
      workers.push(worker);
      worker.on('message', (told: Told) => {
        if (told.kind === 'done') return resolve(told);
        if (told.kind === 'failed') return reject(failureOf(view, told));
        progress[place] = told;
        onProgress({ of, done: progress.reduce((sum, { done }) => sum + done, 0), events: progress.reduce((sum, { events }) => sum + events, 0) });
      });
      worker.on('error', (cause: unknown) => reject(new MillraceError('view-worker', `View "${view}": a worker of its batch view failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })));
      worker.on('exit', code => reject(new MillraceError('view-worker', `View "${view}": a worker of its batch view ended (exit code ${code}) and has not said what it found. Does the module "${String(module)}" call \`batchWorker\`?`)));
    });
  let abort: (() => void) | undefined;
  try {
    const aborted = new Promise<never>((_, reject) => signal?.addEventListener('abort', (abort = () => reject(signal.reason)), { once: true }));
    const done = await Promise.race([Promise.all(parts.map(one)), aborted]);
    return { runs: done.flatMap(({ runs }) => runs), events: done.reduce((sum, { events }) => sum + events, 0), skipped: done.reduce((sum, { skipped }) => sum + skipped, 0) };
  } finally {
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
    // Before anything of theirs is removed.
    await Promise.all(workers.map(worker => worker.terminate()));
  }
}

/** The error of a worker as one of ours. */
function failureOf(view: string, { name, code, message, stack }: Extract<Told, { kind: 'failed' }>): MillraceError {
  const cause = Object.assign(new Error(message), { name, stack });
  return code === undefined ? new MillraceError('view-worker', `View "${view}": a worker of its batch view failed: ${message}`, { cause }) : new DataError(code, message, undefined, { cause });
}
