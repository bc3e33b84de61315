/** A contest: two sides with the same task take turns in one process, their answers are compared, and the median of the pairs' ratios counts. */
import { isDeepStrictEqual } from 'node:util';
import { report } from './report.js';

export interface Contest<Answer> {
  readonly name: string;
  readonly rival: string;
  readonly goal: number;
  /** Pairs that count, after one that warms both sides up; default 5. */
  readonly pairs?: number;
  readonly ours: () => Promise<Answer> | Answer;
  readonly theirs: () => Promise<Answer> | Answer;
  /** What is compared, made outside the measured time; default: the answer. */
  readonly essence?: (answer: Answer) => unknown;
}

const collectGarbage = (globalThis as { gc?: () => void }).gc ?? ((): void => {}); // there under --expose-gc

async function timed<Answer>(side: () => Promise<Answer> | Answer): Promise<{ readonly answer: Answer; readonly ms: number }> {
  // Neither side pays for what the other left behind.
  collectGarbage();
  const start = performance.now();
  const answer = await side();
  return { answer, ms: performance.now() - start };
}

export async function contest<Answer>({ name, rival, goal, pairs = 5, ours, theirs, essence = answer => answer }: Contest<Answer>): Promise<void> {
  const ratios: number[] = [];
  const times: { ours: number; theirs: number }[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const a = await timed(ours);
    const b = await timed(theirs);
    if (!isDeepStrictEqual(essence(a.answer), essence(b.answer))) throw new Error(`${name}: the two sides do not give the same answer.`);
    if (pair === 0) continue;
    ratios.push(b.ms / a.ms);
    times.push({ ours: a.ms, theirs: b.ms });
  }
  const of = (side: 'ours' | 'theirs'): string => `${median(times.map(t => t[side])).toFixed(0)} ms`;
  report({ name, rival, goal, ...summary(ratios), detail: `${of('ours')} against ${of('theirs')}` });
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The median, and how far apart the highest and the lowest are in terms of it. */
export function summary(ratios: readonly number[]): { readonly ratio: number; readonly spread: number } {
  const ratio = median(ratios);
  return { ratio, spread: (Math.max(...ratios) - Math.min(...ratios)) / ratio };
}
