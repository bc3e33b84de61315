/**
 * Runs jobs of the real engine in a world that is made to fail: seeded, so that one number is one history, and any failure can be had again.
 */
import type { Time } from '../../core/values.js';
import type { RunOptions } from '../../runners/options.js';
import type { Output } from '../../stream/output.js';
import { compare } from './compare.js';
import { history, told } from './history.js';
import type { FaultRates } from './rates.js';
import type { Simulation } from './world.js';

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** First and last seed; default 1 to 100. */
  readonly seeds?: readonly [number, number] | undefined;
  /** Exactly this fault instead of drawn ones: the process is killed when so many steps have been taken, once for each number. */
  readonly crashAt?: readonly number[] | undefined;
  /** With `crashAt`: killed (the default), or the power fails, or it stands still and wakes up later beside its successor. */
  readonly crashBy?: 'kill' | 'power' | 'pause' | undefined;
  readonly faults?: FaultRates | undefined;
  /** Merged into the options of the job; its state is on the simulated disk unless `state` says otherwise. */
  readonly run?: RunOptions | undefined;
  /** What the clock shows at first, in epoch milliseconds; default 0. */
  readonly now?: Time | undefined;
  /** Steps in which faults happen; default 400. */
  readonly stormy?: number | undefined;
  /** Called after each step: throw to fail the seed. */
  readonly invariant?: ((sim: Simulation) => void) | undefined;
  /** Called when the job has ended; instead of the comparison with a run without faults. Throw to fail the seed. */
  readonly check?: ((sim: Simulation) => void) | undefined;
}

/** Figures of a simulation. */
export interface SimulationFigures {
  readonly seeds: number;
  readonly steps: number;
  readonly incarnations: number;
  readonly crashes: number;
  readonly powerLosses: number;
  readonly zombies: number;
  /** Jobs stopped, and started again. */
  readonly stops: number;
  readonly checkpoints: number;
}

/**
 * Simulates a job under faults, seed by seed. Without `check`, what readers of each transactional server see at the end must be what they see after a run without faults, in any order.
 *
 * @param build makes the pipeline, once per incarnation, from nothing but its argument: whatever it keeps elsewhere would survive a crash.
 * @param options seeds, faults, checks.
 * @returns figures of all seeds together.
 * @throws Error that names the seed, what is wrong, and the last steps.
 * @example
 * ```ts
 * import { Stream, count, tumbling } from 'millrace';
 * import { simulate } from 'millrace/testing/simulation';
 *
 * const clicks = [{ value: 'a', time: 1 }, { value: 'b', time: 2 }, { value: 'a', time: 70_000 }];
 * const figures = await simulate(sim => sim.collect(
 *   Stream.from(sim.source('clicks', clicks), { name: 'clicks' }).keyBy(user => user).window(tumbling('1m')).aggregate(count(), { name: 'per-minute' }),
 * ), { seeds: [1, 20] });
 * console.log(figures.seeds); // 20
 * ```
 */
export async function simulate(build: (sim: Simulation) => Output | readonly Output[], options: SimulateOptions = {}): Promise<SimulationFigures> {
  const [first, last] = options.seeds ?? [1, 100];
  const total = { seeds: 0, steps: 0, incarnations: 0, crashes: 0, powerLosses: 0, zombies: 0, stops: 0, checkpoints: 0 };
  for (let seed = first; seed <= last; seed++) {
    const calm = options.check === undefined ? await history(build, { ...options, check: () => {}, invariant: undefined, crashAt: [] }, seed) : undefined;
    const { figures, world } = await history(build, options, seed);
    if (calm !== undefined) {
      const difference = compare(calm.world, world);
      if (difference !== undefined) throw new Error(told(seed, difference, world));
    }
    total.seeds++;
    for (const name of ['steps', 'incarnations', 'crashes', 'powerLosses', 'zombies', 'stops', 'checkpoints'] as const) total[name] += figures[name];
  }
  return total;
}

/**
 * One history: its length, for loops over every step at which a process may be killed, and its hash, which is the same whenever the seed is.
 *
 * @param build as of {@link simulate}.
 * @param seed which history.
 * @param options as of {@link simulate}; without `check`, nothing is compared.
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { simulate, simulateOnce, type Simulation } from 'millrace/testing/simulation';
 *
 * const build = (sim: Simulation) => sim.collect(Stream.from(sim.source('in', [{ value: 1, time: 0 }]), { name: 'in' }));
 * const { steps } = await simulateOnce(build, 1, { crashAt: [] });
 * for (let step = 1; step <= steps; step++) await simulate(build, { seeds: [1, 1], crashAt: [step], crashBy: 'power' });
 * ```
 */
export async function simulateOnce(build: (sim: Simulation) => Output | readonly Output[], seed: number, options: SimulateOptions = {}): Promise<SimulationFigures & { readonly hash: number }> {
  const { figures, hash } = await history(build, options, seed);
  return { seeds: 1, ...figures, hash };
}
