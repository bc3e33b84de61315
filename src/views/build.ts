/** The batch view: what the events of the log below a cut come to. It reads the log and nothing else. */
import type { Environment } from '../core/clock.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Gathering } from './gathering.js';
import type { Turns } from './turns.js';

/** How far a computation has come. */
export interface Progress {
  /** Blocks of the log that were read, of how many. */
  readonly done: number;
  readonly of: number;
  readonly events: number;
}

/** Blocks of one partition: [from, to). */
export interface LogRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** The blocks between two cuts. */
export const rangesBetween = (from: LogPositions, cut: LogPositions): readonly LogRange[] => cut.map((to, partition) => ({ partition, from: from[partition] ?? 0, to })).filter(range => range.from < range.to);

/** How many blocks there are in ranges. */
export const blocksIn = (ranges: readonly LogRange[]): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0);

export interface ReadOptions {
  readonly log: MasterLog;
  readonly environment: Environment | undefined;
  readonly ranges: readonly LogRange[];
  readonly turns: Turns;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Gathers what the events of some ranges come to; answers how many there were. */
export async function gather(into: Gathering, { log, environment, ranges, turns, onProgress }: ReadOptions): Promise<number> {
  const of = blocksIn(ranges);
  let [done, events] = [0, 0];
  for (const { partition, from, to } of ranges) {
    for await (const { values, times } of log.read(partition, from, to, environment)) {
      into.add(values, times);
      events += values.length;
      done++;
      const putAside = into.settle();
      if (putAside !== undefined) await putAside;
      const turn = turns.over();
      if (turn === undefined) continue;
      onProgress?.({ done, of, events });
      await turn;
    }
  }
  onProgress?.({ done, of, events });
  return events;
}
