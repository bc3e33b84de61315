/** New versions of a batch view, computed from the log. */
import type { Environment } from '../core/clock.js';
import { DataError } from '../core/errors.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Time } from '../core/values.js';
import { gather, rangesBetween, type Progress } from './build.js';
import type { Definition } from './definition.js';
import { gathering } from './gathering.js';
import { mergeRows } from './merge-rows.js';
import type { Loaded } from './pin.js';
import { beginning } from './positions.js';
import type { Row } from './rows.js';
import { readRun, type Aside } from './runs.js';
import { turnsOf, type Turns } from './turns.js';
import type { VersionManifest, Versions } from './versions.js';
import { inWorkers, type Workers } from './workers.js';

export interface ComputeOptions {
  readonly view: string;
  readonly definition: Definition;
  readonly log: MasterLog;
  readonly versions: Versions;
  readonly environment: Environment;
  readonly signal: AbortSignal | undefined;
  readonly cut: LogPositions;
  /** At the cut. */
  readonly watermark: Time;
  /** Of the thread's time, between 0 and 1. */
  readonly share: number;
  /** In bytes, about; what is more is put on the disk, if the versions are. */
  readonly memory: number;
  /** Threads that do it; `undefined`: this one does. */
  readonly workers: Workers | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** The log is read from these positions on, until the returned function is called. */
  reading(from: LogPositions): () => void;
}

/** A version of the events from a position of the log on. */
export const computeFrom = (from: LogPositions, options: ComputeOptions): Promise<VersionManifest> => make(from, from, undefined, options);

/** A version of all events that another one has, and those that came behind it. */
export async function computeOn(base: Loaded | undefined, options: ComputeOptions): Promise<VersionManifest> {
  if (base === undefined) throw new DataError('view-incremental', `View "${options.view}" has no version computed by this code to build on.`);
  return make(base.manifest.from, base.manifest.cut, base, options);
}

/** All of the log; where it does not reach back any more, what the base has of it. */
export async function computeAll(base: Loaded | undefined, options: ComputeOptions): Promise<VersionManifest> {
  try {
    return await computeFrom(beginning(options.log.partitions), options);
  } catch (cause) {
    if (base !== undefined && cause instanceof DataError && cause.code === 'log-missing') return computeOn(base, options);
    throw cause;
  }
}

/** What the events come to that were read. */
interface Gathered {
  readonly rows: AsyncIterable<readonly Row[]>;
  readonly events: number;
  readonly skipped: number;
}

async function make(from: LogPositions, readFrom: LogPositions, base: Loaded | undefined, options: ComputeOptions): Promise<VersionManifest> {
  const { versions, definition, cut, watermark, environment, share, signal } = options;
  const turns = turnsOf(environment.clock, { share, signal });
  const over = options.reading(readFrom);
  const draft = await versions.begin().catch((cause: unknown) => {
    over();
    throw cause;
  });
  try {
    const more = await (options.workers === undefined ? inThread(draft.aside, readFrom, options, turns) : elsewhere(options.workers, draft.aside, readFrom, options));
    const rows = base === undefined ? more.rows : mergeRows(definition.aggregate, [base.rows.scan({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, turns), more.rows]);
    const events = more.events + (base?.manifest.events ?? 0);
    const skipped = more.skipped + (base?.manifest.skipped ?? 0);
    return await draft.keep({ from, cut, codeHash: definition.codeHash, events, skipped, watermark: Number.isFinite(watermark) ? watermark : null, createdAt: environment.clock.now() }, rows, turns);
  } finally {
    over();
    await draft.clear().catch(() => {}); // what is left of it counts for nothing, and goes with the version
  }
}

async function inThread(aside: Aside | undefined, from: LogPositions, { definition, log, cut, memory, environment, onProgress }: ComputeOptions, turns: Turns): Promise<Gathered> {
  const into = gathering({ definition, aside, memory, maker: 'main', turns });
  const events = await gather(into, { log, environment, ranges: rangesBetween(from, cut), turns, onProgress });
  return { rows: into.rows(), events, skipped: into.skipped };
}

async function elsewhere(workers: Workers, aside: Aside | undefined, from: LogPositions, { view, definition, log, cut, memory, signal, onProgress }: ComputeOptions): Promise<Gathered> {
  const { runs, events, skipped } = await inWorkers(workers, { view, definition, log, aside, ranges: rangesBetween(from, cut), memory, signal, onProgress });
  return { rows: mergeRows(definition.aggregate, aside === undefined ? [] : runs.map(run => readRun(aside, run))), events, skipped };
}
