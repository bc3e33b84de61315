/**
 * `npm run simulate -- --seeds A..B [--job N] [--crash every|pairs] [--procs 2]`: simulates seeds A to B, job by job in turn; with `--crash every` it happens at each step of each seed instead of by chance that the
 * process is killed, the power fails, or it stands still for a while; with `pairs` one of these happens at each pair of steps. The last line is figures as JSON; exit 1 if there was a violation.
 */
import { spawn } from 'node:child_process';
import { simulate, simulateOnce, type SimulationFigures } from 'millrace/testing/simulation';
import { jobOf, jobs } from './pipelines.js';

interface Options {
  readonly from: number;
  readonly to: number;
  readonly job: number | undefined;
  readonly crash: 'random' | 'every' | 'pairs';
  readonly procs: number;
}

function optionsOf(args: readonly string[]): Options {
  const value = (name: string): string | undefined => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? undefined : args[at + 1];
  };
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(value('seeds') ?? '1..2000') ?? [];
  const crash = value('crash') ?? 'random';
  if (from === undefined || to === undefined || Number(from) > Number(to)) throw new Error('--seeds must be two numbers, such as 1..2000');
  if (crash !== 'random' && crash !== 'every' && crash !== 'pairs') throw new Error('--crash must be every or pairs');
  return { from: Number(from), to: Number(to), job: value('job') === undefined ? undefined : Number(value('job')), crash, procs: Number(value('procs') ?? 1) };
}

/** Seeds per process. */
const MOST_SEEDS = 20_000;

/** What happens at a step. */
const WAYS = ['kill', 'power', 'pause'] as const;

type Figures = { -readonly [name in keyof SimulationFigures]: number } & { runs: number; violations: number };
const nothing = (): Figures => ({ seeds: 0, steps: 0, incarnations: 0, crashes: 0, powerLosses: 0, zombies: 0, stops: 0, checkpoints: 0, runs: 0, violations: 0 });
const add = (to: Figures, some: Partial<Figures>): void => {
  for (const [name, value] of Object.entries(some)) if (name in to) to[name as keyof Figures] += value;
};

/** Says what went wrong; the other seeds are run all the same. */
const failed = (error: unknown): void => console.error(error instanceof Error ? error.message : error);

async function run({ from, to, job: only, crash }: Options): Promise<Figures> {
  const total = nothing();
  const since = performance.now();
  let told = since;
  for (let seed = from; seed <= to; seed++) {
    const job = only === undefined ? jobOf(seed) : jobs[only % jobs.length];
    if (job === undefined) break;
    const options = { check: job.check, invariant: job.invariant, stormy: 250 };
    if (crash === 'random') {
      try {
        add(total, await simulate(job.build, { ...options, seeds: [seed, seed] }));
      } catch (error) {
        failed(error);
        total.violations++;
      }
      total.runs++;
    } else {
      const { steps } = await simulateOnce(job.build, seed, { ...options, crashAt: [] });
      total.seeds++;
      const at = async (crashAt: readonly number[], crashBy: (typeof WAYS)[number]): Promise<void> => {
        total.runs++;
        try {
          add(total, { ...(await simulate(job.build, { ...options, seeds: [seed, seed], crashAt, crashBy })), seeds: 0 });
        } catch (error) {
          failed(error);
          total.violations++;
        }
      };
      for (let first = 1; first <= steps; first++) {
        if (crash === 'every') for (const way of WAYS) await at([first], way);
        // The second falls into what the first made necessary.
        else for (let second = first + 1; second <= first + steps; second++) await at([first, second], WAYS[(first + second) % WAYS.length] ?? 'kill');
      }
    }
    const now = performance.now();
    if (now - told > 10_000) {
      told = now;
      process.stderr.write(`seed ${seed} of ${from}..${to}, ${total.runs} runs, ${total.steps} steps, ${((now - since) / Math.max(1, total.runs)).toFixed(2)} ms a run\n`);
    }
  }
  return total;
}

// The faults are errors; where they were made is in no figure, and finding out is a third of the time.
Error.stackTraceLimit = 0;
const options = optionsOf(process.argv.slice(2));
try {
  const total = nothing();
  const all = options.to - options.from + 1;
  if (options.procs > 1 || all > MOST_SEEDS) {
    // What a process that ends by an error takes with it is at most so much.
    const size = Math.min(MOST_SEEDS, Math.ceil(all / options.procs));
    const starts = Array.from({ length: Math.ceil(all / size) }, (_, i) => options.from + i * size);
    const part = (from: number): Promise<Figures> => {
      const to = Math.min(options.to, from + size - 1);
      return new Promise<Figures>((resolve, reject) => {
        const [script = ''] = process.argv.slice(1);
        const args = ['--enable-source-maps', script, '--seeds', `${from}..${to}`, '--crash', options.crash, ...(options.job === undefined ? [] : ['--job', String(options.job)])];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
        child.on('exit', () => (text.includes('{') ? resolve(JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as Figures) : reject(new Error(`seeds ${from}..${to} failed`)))); // printed below
      });
    };
    const lane = async (): Promise<void> => {
      for (let from = starts.shift(); from !== undefined; from = starts.shift()) add(total, await part(from));
    };
    await Promise.all(Array.from({ length: options.procs }, lane));
  } else add(total, await run(options));
  console.log(JSON.stringify(total));
  if (total.violations > 0) process.exitCode = 1;
} catch (error) {
  failed(error);
  process.exitCode = 1;
}
