/** A worker of a batch view: a thread that computes a part of the log. Functions cannot be handed to a thread, so it begins with a module of the user's that has them. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../core/clock.js';
import { systemDisk } from '../core/disk.js';
import { DataError, MillraceError } from '../core/errors.js';
import type { MasterLog } from '../core/master-log.js';
import type { Key } from '../core/values.js';
import { gather, type LogRange } from './build.js';
import { definitionOf, type DefinitionOptions } from './definition.js';
import { gathering } from './gathering.js';
import type { Run } from './runs.js';
import { turnsOf } from './turns.js';

/** What a worker is to do. */
export interface Task {
  readonly millrace: 'batch';
  readonly codeHash: string;
  readonly log: { readonly name: string; readonly partitions: number };
  readonly ranges: readonly LogRange[];
  /** Where its runs are put. */
  readonly folder: string;
  readonly maker: string;
  readonly memory: number;
}

/** What it tells. */
export type Told =
  | { readonly kind: 'progress'; readonly done: number; readonly events: number }
  | { readonly kind: 'done'; readonly runs: readonly Run[]; readonly events: number; readonly skipped: number }
  | { readonly kind: 'failed'; readonly name: string; readonly code: string | undefined; readonly message: string; readonly stack: string | undefined };

/**
 * Makes a module one that workers of a batch view can begin with: it names what the view computes and the log it reads. In a worker it does the work; anywhere else it does nothing, so that the module can also be where the view
 * takes its definition from.
 *
 * @param definition the same as the view's: `lambda(name, events, { ...definition, log, folder, batch: { workers: 4, module: import.meta.url } })`
 * @param log the same log as the view's; one on the disk
 * @example
 * ```ts
 * import { count } from 'millrace';
 * import { masterLog } from 'millrace/log';
 * import { batchWorker } from 'millrace/views';
 *
 * export const log = masterLog('data/hits', { partitions: 4 });
 * export const definition = { key: (hit: { readonly url: string }) => hit.url, every: '1h', aggregate: count() } as const;
 * batchWorker(definition, log);
 * ```
 */
export function batchWorker<T, K extends Key, R>(definition: DefinitionOptions<T, K, R>, log: MasterLog): void {
  const task = taskOf(workerData);
  if (isMainThread || task === undefined) return;
  const tell = (told: Told): void => parentPort?.postMessage(told);
  work(task, definition, log, tell).catch((cause: unknown) => {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    tell({ kind: 'failed', name: error.name, code: error instanceof MillraceError ? error.code : undefined, message: error.message, stack: error.stack });
  });
}

const taskOf = (data: unknown): Task | undefined => (typeof data === 'object' && data !== null && 'millrace' in data && data.millrace === 'batch' ? (data as Task) : undefined); // nobody else says so

async function work<T, K extends Key, R>({ codeHash, log: expected, ranges, folder, maker, memory }: Task, options: DefinitionOptions<T, K, R>, log: MasterLog, tell: (told: Told) => void): Promise<void> {
  const definition = definitionOf(options);
  if (definition.codeHash !== codeHash) throw new DataError('view-module', `The module computes something else (${definition.codeHash}) than the view (${codeHash}). Give both the same definition: export it from the module, and import it where the view is made.`);
  if (log.name !== expected.name || log.partitions !== expected.partitions) throw new DataError('view-module', `The module reads log "${log.name}" with ${log.partitions} partitions, and the view has log "${expected.name}" with ${expected.partitions}. Export the log from the module, and import it where the view is made.`);
  const turns = turnsOf(systemClock);
  const into = gathering({ definition, aside: { disk: systemDisk, folder }, memory, maker, turns });
  const events = await gather(into, { log, environment: undefined, ranges, turns, onProgress: ({ done, events: read }) => tell({ kind: 'progress', done, events: read }) });
  tell({ kind: 'done', runs: await into.intoRuns(), events, skipped: into.skipped });
}
