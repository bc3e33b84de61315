/** Ends of streams, and jobs made of them. */
import { ConfigurationError } from '../core/errors.js';
import { describePlan, type DescribeFormat } from '../inspect/describe.js';
import { planOf } from '../plan/plan.js';
import type { SinkStep } from '../plan/step.js';
import type { Job } from '../runners/job.js';
import { startJob } from '../runners/local.js';
import type { RunOptions } from '../runners/options.js';

/** A stream that ends in a sink: what a job is made of. */
export interface Output {
  readonly kind: 'output';
  /** The sinks it stands for: its own, and those that hang on side branches above it. */
  readonly sinks: readonly SinkStep[];
  /** Runs this output alone; see {@link run}. */
  run(options?: RunOptions): Promise<Job>;
  /** The plan as text or as a mermaid flowchart. */
  describe(format?: DescribeFormat): string;
}

export function outputOf(sinks: readonly SinkStep[]): Output {
  const output: Output = { kind: 'output', sinks, run: options => run(output, options), describe: format => describe(output, format) };
  return output;
}

function sinksOf(outputs: Output | readonly Output[]): readonly SinkStep[] {
  const list: readonly (Partial<Output> | undefined)[] = Array.isArray(outputs) ? outputs : [outputs as Output]; // what is neither is found below
  return list.flatMap(output => {
    if (Array.isArray(output?.sinks)) return output.sinks as readonly SinkStep[]; // an Output's
    throw new ConfigurationError([{ code: 'output', where: 'run', what: `something passed as an output is ${output === null ? 'null' : typeof output}.`, fix: 'Pass what `to(sink)` gives, or an array of those.' }]);
  });
}

/**
 * Runs one or several outputs as one job; everything they share is read and computed once.
 *
 * @param outputs what `to(sink)` gave.
 * @param options name, state, checkpoints, signal.
 * @returns the running job, once its sinks and sources are open.
 * @throws ConfigurationError with all problems at once, before anything has run; StepError if a sink or source cannot be opened.
 * @example
 * ```ts
 * import { Stream, run, toArray } from 'millrace';
 *
 * const even: number[] = [];
 * const odd: number[] = [];
 * const [evens, odds] = Stream.from([1, 2, 3]).split(n => n % 2 === 0);
 * const job = await run([evens.to(toArray(even)), odds.to(toArray(odd))]);
 * await job.done;
 * ```
 */
export async function run(outputs: Output | readonly Output[], options?: RunOptions): Promise<Job> {
  return startJob(planOf(sinksOf(outputs)), options);
}

/**
 * The plan of outputs, for people.
 *
 * @param format `'text'` (default): one line per step; `'mermaid'`: a flowchart.
 * @example
 * ```ts
 * import { Stream, describe, toArray } from 'millrace';
 *
 * console.log(describe(Stream.from([1]).map(n => n + 1, { name: 'next' }).to(toArray<number>([]))));
 * ```
 */
export function describe(outputs: Output | readonly Output[], format: DescribeFormat = 'text'): string {
  return describePlan(planOf(sinksOf(outputs)), format);
}
