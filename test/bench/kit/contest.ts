/** A contest: two sides with the same task take turns, their answers are compared, and the median of the pairs' ratios counts. */
import { fork } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { report } from './report.js';

export interface Contest<Answer> {
  readonly name: string;
  readonly rival: string;
  readonly goal: number;
  /** How many times the rival's time we may take for a ratio of 1; default 1. */
  readonly allowance?: number;
  /** Pairs that count; default 5. */
  readonly pairs?: number;
  /**
   * Where turns are taken. `'process'` (default): all in this process, after one pair that warms both sides up. `'child'`: each turn in a process of its own, as a service runs a
   * pipeline once; for code that is all small functions calling each other, which V8 inlines for the first pipeline of a process and no longer for those after it.
   */
  readonly turns?: 'process' | 'child';
  readonly ours: () => Promise<Answer> | Answer;
  readonly theirs: () => Promise<Answer> | Answer;
  /** What is compared, made outside the measured time; default: the answer. */
  readonly essence?: (answer: Answer) => unknown;
}

interface Turn {
  readonly essence: unknown;
  readonly ms: number;
}

type Side = 'ours' | 'theirs';

/** Set in a child, and for profiles: `MILLRACE_BENCH_SIDE=ours npm run bench -- tumbling-1k --cpu-prof` takes one turn of one side. */
const SIDE = 'MILLRACE_BENCH_SIDE';

const collectGarbage = (globalThis as { gc?: () => void }).gc ?? ((): void => {}); // there under --expose-gc

export async function contest<Answer>(rules: Contest<Answer>): Promise<void> {
  const { name, rival, goal, allowance = 1, pairs = 5, turns = 'process', essence = answer => answer } = rules;
  const here = async (side: Side): Promise<Turn> => {
    // Neither side pays for what the other left behind.
    collectGarbage();
    const start = performance.now();
    const answer = await rules[side]();
    return { ms: performance.now() - start, essence: essence(answer) };
  };
  const alone = process.env[SIDE];
  if (alone === 'ours' || alone === 'theirs') {
    const turn = await here(alone);
    if (process.connected) process.send?.(turn);
    else console.log(`${turn.ms.toFixed(0)} ms`);
    return;
  }
  const take = turns === 'child' ? elsewhere : here;
  const taken: { readonly ours: number; readonly theirs: number }[] = [];
  for (let pair = turns === 'child' ? 1 : 0; pair <= pairs; pair++) {
    const ours = await take('ours');
    const theirs = await take('theirs');
    if (!isDeepStrictEqual(ours.essence, theirs.essence)) throw new Error(`${name}: the two sides do not give the same answer.`);
    if (pair > 0) taken.push({ ours: ours.ms, theirs: theirs.ms });
  }
  const of = (side: Side): string => `${median(taken.map(turn => turn[side])).toFixed(0)} ms`;
  report({ name, rival, goal, ...summary(taken.map(({ ours, theirs }) => (allowance * theirs) / ours)), detail: `${of('ours')} against ${of('theirs')}` });
}

/** One turn in a process of its own, which runs this same script. */
const elsewhere = (side: Side): Promise<Turn> =>
  new Promise((resolve, reject) => {
    const child = fork(process.argv[1] ?? '', { env: { ...process.env, [SIDE]: side } });
    let turn: Turn | undefined;
    child.on('message', message => (turn = message as Turn)); // what the lines above send
    child.on('error', reject);
    child.on('exit', code => (turn === undefined || code !== 0 ? reject(new Error(`A turn of ${side} ended with ${code}.`)) : resolve(turn)));
  });

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The median, and how far apart the highest and the lowest are in terms of it. */
export function summary(ratios: readonly number[]): { readonly ratio: number; readonly spread: number } {
  const ratio = median(ratios);
  return { ratio, spread: (Math.max(...ratios) - Math.min(...ratios)) / ratio };
}
