/** What a master log does not retain: the oldest segments of that which no view needs any more. */
import type { LogPositions } from '../../core/master-log.js';
import type { Time } from '../../core/values.js';
import { eventsOf } from './block.js';
import type { Log } from './log.js';

/** Limits of a log: bytes in all, and milliseconds. */
export interface Limits {
  readonly bytes?: number | undefined;
  readonly age?: number | undefined;
}

/** Removes whole segments of the partitions of a log, the oldest first: those below `before` that are beyond a limit. The last of a partition stays. */
export async function trimLogs(logs: readonly Log[], before: LogPositions, { bytes = Number.POSITIVE_INFINITY, age }: Limits, now: Time): Promise<void> {
  let total = logs.reduce((sum, log) => sum + log.bytes, 0);
  for (const [partition, log] of logs.entries()) {
    const { segments } = log;
    let upTo = log.first;
    for (const [i, { bytes: size }] of segments.entries()) {
      const next = segments[i + 1];
      if (next === undefined || next.first > (before[partition] ?? 0)) break;
      if (total <= bytes && !(age !== undefined && (await timeAt(log, next.first)) < now - age)) break;
      total -= size;
      upTo = next.first;
    }
    if (upTo > log.first) await log.trim({ before: upTo });
  }
}

/** The time of the first event at a position; what is not there yet is not old. */
async function timeAt(log: Log, position: number): Promise<Time> {
  if (position >= log.durable) return Number.POSITIVE_INFINITY;
  const reader = log.reader(position);
  try {
    const [block] = await reader.read(1);
    return block === undefined ? Number.POSITIVE_INFINITY : (eventsOf(block, () => `Block ${position}`).times[0] ?? Number.POSITIVE_INFINITY);
  } finally {
    await reader.close();
  }
}
