/** A version of a batch view from the log alone: by a process that has neither the job nor its state. */
import { fileURLToPath } from 'node:url';
import { systemEnvironment } from '../core/clock.js';
import { systemDisk } from '../core/disk.js';
import { ConfigurationError, type Problem } from '../core/errors.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Key } from '../core/values.js';
import type { Progress } from './build.js';
import { computeAll } from './compute.js';
import { definitionOf, problemsOf, type DefinitionOptions } from './definition.js';
import { folderVersions } from './folder-versions.js';
import type { VersionManifest } from './versions.js';
import { workersOf, type WorkerOptions } from './workers.js';

/** What a version is computed of. */
export interface BatchOptions<T, K extends Key, R> extends DefinitionOptions<T, K, R>, WorkerOptions {
  readonly log: MasterLog;
  /** Where the versions of the view are. */
  readonly folder: string | URL;
  /** Behind the events that count; default: where the log ends. A view that is running takes a version of a cut of its own alone. */
  readonly cut?: LogPositions | undefined;
  /** Bytes, about, before some of it is put on the disk; default 64 MiB. */
  readonly memory?: number | undefined;
  /** Aborted: it ends with its reason, and what was begun is no version. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Bytes. */
export const MEMORY = 64 * 2 ** 20;

/**
 * Computes a version of a batch view from the files of its log, and puts it into the folder of the view. It does not count yet: `view.adopt(version)` lets it, and a job that starts takes the newest version of its code if it has
 * none that counts.
 *
 * @param name of the view
 * @param options the same key, granules, aggregate and filter as the view's; where the log and the versions are
 * @returns what the version says of itself
 * @throws ConfigurationError for options that cannot be
 * @throws DataError `log-missing` if the log was trimmed, `log-damaged`, `view-module`
 * @example
 * ```ts
 * import { count } from 'millrace';
 * import { masterLog } from 'millrace/log';
 * import { buildBatch } from 'millrace/views';
 *
 * const build = () => buildBatch('hits', { key: (hit: { readonly url: string }) => hit.url, every: '1h', aggregate: count(), log: masterLog('data/hits'), folder: 'data/views' });
 * ```
 */
export async function buildBatch<T, const K extends Key, R>(name: string, options: BatchOptions<T, K, R>): Promise<VersionManifest> {
  const where = `buildBatch ${JSON.stringify(name)}`;
  const given = options ?? ({} as BatchOptions<T, K, R>); // untyped code may leave it out
  const problems: Problem[] = [...problemsOf(given, where), ...workersOf(given, where).problems];
  const refuse = (what: string, fix: string): void => void problems.push({ code: 'view', where, what, fix });
  if (given.log === undefined) refuse('`log` is missing.', "Give `log: masterLog('data/log')`.");
  if (given.folder === undefined) refuse('`folder` is missing.', 'Give the folder of the view.');
  if (given.memory !== undefined && !(given.memory > 0)) refuse(`\`memory\` is ${String(given.memory)}.`, 'Give a number of bytes above 0.');
  if (problems.length > 0) throw new ConfigurationError(problems);
  const { log, folder, memory = MEMORY, signal, onProgress = () => {} } = given;
  const versions = folderVersions(systemDisk, folder instanceof URL ? fileURLToPath(folder) : folder, name, memory);
  const environment = systemEnvironment(signal ?? new AbortController().signal);
  const cut = given.cut ?? (await log.end(environment));
  return computeAll(undefined, { view: name, definition: definitionOf(given), log, versions, environment, signal, cut, watermark: Number.NEGATIVE_INFINITY, share: 1, memory, workers: workersOf(given, where).workers, onProgress, reading: () => () => {} });
}
