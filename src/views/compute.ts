/** New versions of a batch view, computed from the log. */
import type { Environment } from '../core/clock.js';
import { DataError } from '../core/errors.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Time } from '../core/values.js';
import { build, type BuildOptions, type Built, type Progress } from './build.js';
import type { Definition } from './definition.js';
import type { Loaded } from './pin.js';
import { beginning } from './positions.js';
import { memoryRows } from './rows.js';
import type { VersionManifest, Versions } from './versions.js';

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
  readonly onProgress: (progress: Progress) => void;
}

/** Rows between two turns of the host. */
const ROWS_PER_TURN = 4_096;

/** A version of the events from a position of the log on. */
export async function computeFrom(from: LogPositions, options: ComputeOptions): Promise<VersionManifest> {
  const built = await build(options.definition, options.log, { ...options, from } satisfies BuildOptions);
  return keep(from, built, options);
}

/** A version of all events that another one has, and those that came behind it. */
export async function computeOn(base: Loaded | undefined, options: ComputeOptions): Promise<VersionManifest> {
  const { definition, environment, log, view } = options;
  if (base === undefined) throw new DataError('view-incremental', `View "${view}" has no version computed by this code to build on.`);
  const { manifest } = base;
  const more = await build(definition, log, { ...options, from: manifest.cut } satisfies BuildOptions);
  const rows = memoryRows();
  const { aggregate } = definition;
  let count = 0;
  for (const side of [base.rows, more.rows]) {
    for (const [key, start, acc] of side.all()) {
      rows.update(key, start, before => aggregate.merge(before ?? aggregate.zero(), acc));
      if (++count % ROWS_PER_TURN === 0) await new Promise<void>(resolve => environment.clock.defer(resolve));
    }
  }
  return keep(manifest.from, { rows, events: manifest.events + more.events, skipped: manifest.skipped + more.skipped }, options);
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

const keep = (from: LogPositions, { rows, events, skipped }: Built, { versions, definition, cut, watermark, environment }: ComputeOptions): Promise<VersionManifest> =>
  versions.add({ from, cut, codeHash: definition.codeHash, events, skipped, watermark: Number.isFinite(watermark) ? watermark : null, createdAt: environment.clock.now() }, rows);
