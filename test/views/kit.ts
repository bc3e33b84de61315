/** Jobs with views in virtual time, on a disk in memory. */
import type { Output } from 'millrace';
import { testWorld } from '../../src/testing/testing.js';
import { memoryDisk } from '../connectors/memory-disk.js';

export interface Hit {
  readonly url: string;
  readonly at: number;
  readonly n: number;
}
export const HOUR = 3_600_000;
export const hit = (url: string, hour: number, n = 1): Hit => ({ url, at: hour * HOUR + 1, n });
export const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'fine', (error: { code?: unknown; cause?: { code?: unknown } }) => (error.code === 'step-failed' ? error.cause?.code : error.code));

/** A world whose jobs are started one after the other over the same state and disk. */
export function world() {
  const disk = memoryDisk();
  const all = testWorld({ disk: disk.view() });
  const t = all.kit();
  const source = t.source<Hit>('hits');
  return {
    disk,
    source,
    /** Lets the job and the view come to the end of something. */
    finish: <V>(work: Promise<V>): Promise<V> => t.clock.finish(work),
    push(...hits: readonly Hit[]): void {
      for (const one of hits) source.push(one, one.at);
    },
    start: (outputs: () => readonly Output[], options: Parameters<typeof all.launch>[1] = {}) => all.launch(outputs, { name: 'site', checkpoint: '1h', ...options }),
  };
}
