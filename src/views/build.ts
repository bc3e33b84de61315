/** The batch view: what the events of the log below a cut come to. It reads the log and nothing else. */
import type { Environment } from '../core/clock.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Definition } from './definition.js';
import { memoryRows, type MemoryRows } from './rows.js';

/** How far a computation has come. */
export interface Progress {
  /** Blocks of the log that were read, of how many. */
  readonly done: number;
  readonly of: number;
  readonly events: number;
}

export interface BuildOptions {
  readonly environment: Environment;
  /** Aborted: it ends with its reason. */
  readonly signal: AbortSignal | undefined;
  readonly from: LogPositions;
  readonly cut: LogPositions;
  /** Of the time of the thread, between 0 and 1. */
  readonly share: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What came of it. */
export interface Built {
  readonly rows: MemoryRows;
  readonly events: number;
  /** Events that were left out because the code threw, as on the speed side. */
  readonly skipped: number;
}

/** Milliseconds of work between two turns of the host. */
const TURN = 8;

/** Counts the events of the log in [from, cut). */
export async function build(definition: Definition, log: MasterLog, { environment, signal, from, cut, share, onProgress }: BuildOptions): Promise<Built> {
  const { clock } = environment;
  const rows = memoryRows();
  const total = cut.reduce((sum, position, i) => sum + Math.max(0, position - (from[i] ?? 0)), 0);
  let done = 0;
  let events = 0;
  let skipped = 0;
  let since = clock.monotonic();
  for (const [partition, to] of cut.entries()) {
    for await (const { values, times } of log.read(partition, from[partition] ?? 0, to, environment)) {
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        const time = times[i] ?? 0;
        try {
          const key = definition.keyOf(value);
          if (key === undefined) continue;
          const { start } = definition.granule(time);
          rows.update(key, start, acc => definition.add(acc, value, time));
        } catch (cause) {
          if (definition.policy === 'fail') throw cause;
          skipped++;
        }
      }
      events += values.length;
      done++;
      const spent = clock.monotonic() - since;
      if (spent < TURN) continue;
      signal?.throwIfAborted();
      onProgress?.({ done, of: total, events });
      await new Promise<void>(resolve => clock.defer(resolve));
      if (share < 1) await clock.sleep((spent * (1 - share)) / share, signal);
      since = clock.monotonic();
    }
  }
  onProgress?.({ done, of: total, events });
  return { rows, events, skipped };
}
