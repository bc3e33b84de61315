/**
 * Runs jobs of the real engine in a world that is made to fail: seeded, so that one number is one history, and any failure can be had again.
 *
 * A history is a sequence of steps of the scheduler. Between two steps the process may be killed, the power may fail, or the process may stand still while a successor takes over and wakes up later. Calls of
 * disk, servers and sources may fail meanwhile. After a while the faults stop, and the job must come to its end with the results it would have had without them.
 */
import type { Disk } from '../../core/disk.js';
import { causeText } from '../../core/errors.js';
import { sameValue } from '../../core/same-value.js';
import type { StateBackend } from '../../core/state.js';
import type { Time } from '../../core/values.js';
import { planOf } from '../../plan/plan.js';
import { startJob } from '../../runners/local.js';
import type { RunOptions } from '../../runners/options.js';
import type { Output } from '../../stream/output.js';
import { shown } from '../suites/suite.js';
import { seeded } from '../random.js';
import { diskState } from './disk-state.js';
import type { Process } from './scheduler.js';
import { worldOf, type Simulation, type World } from './world.js';

/** Rates of faults, each in [0, 1] and per step or call. Whatever is not given is drawn by the seed, and often nothing. */
export interface FaultRates {
  /** The process is killed. */
  readonly crash?: number | undefined;
  /** The power fails: what was not synced is lost. */
  readonly power?: number | undefined;
  /** The process stands still, another takes over, and it wakes up later. */
  readonly zombie?: number | undefined;
  readonly diskError?: number | undefined;
  readonly diskFull?: number | undefined;
  readonly lostCall?: number | undefined;
  readonly lostReply?: number | undefined;
  readonly readError?: number | undefined;
  readonly idle?: number | undefined;
}

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** First and last seed; default 1 to 100. */
  readonly seeds?: readonly [number, number] | undefined;
  /** Exactly this fault instead of drawn ones: the process is killed when so many steps have been taken, once for each number. */
  readonly crashAt?: readonly number[] | undefined;
  /** With `crashAt`: the power fails. */
  readonly powerLoss?: boolean | undefined;
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
  readonly checkpoints: number;
}

/** Steps a job may take to its end once the faults have stopped. */
const CALM = 20_000;
/** Incarnations that may fail one after another without a fault. */
const MOST_STARTS = 200;

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
  const total = { seeds: 0, steps: 0, incarnations: 0, crashes: 0, powerLosses: 0, zombies: 0, checkpoints: 0 };
  for (let seed = first; seed <= last; seed++) {
    const calm = options.check === undefined ? await history(build, { ...options, check: () => {}, invariant: undefined, crashAt: [] }, seed) : undefined;
    const { figures, world } = await history(build, options, seed);
    if (calm !== undefined) compare(calm.world, world, seed);
    total.seeds++;
    for (const name of ['steps', 'incarnations', 'crashes', 'powerLosses', 'zombies', 'checkpoints'] as const) total[name] += figures[name];
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
 * for (let step = 1; step <= steps; step++) await simulate(build, { seeds: [1, 1], crashAt: [step], powerLoss: true });
 * ```
 */
export async function simulateOnce(build: (sim: Simulation) => Output | readonly Output[], seed: number, options: SimulateOptions = {}): Promise<SimulationFigures & { readonly hash: number }> {
  const { figures, hash } = await history(build, options, seed);
  return { seeds: 1, ...figures, hash };
}

interface History {
  readonly figures: Omit<SimulationFigures, 'seeds'>;
  readonly hash: number;
  readonly world: World;
}

/** Rates of one seed: each fault is there or not, and then rare or frequent. */
function ratesOf(seed: number, given: FaultRates | undefined): Required<{ [name in keyof FaultRates]: number }> {
  const random = seeded(seed ^ 0x5eed);
  const draw = (share: number, most: number): number => (random() < share ? most * 10 ** (-2 * random()) : 0);
  const drawn = { crash: draw(0.7, 0.05), power: draw(0.5, 0.03), zombie: draw(0.4, 0.03), diskError: draw(0.3, 0.02), diskFull: draw(0.2, 0.2), lostCall: draw(0.4, 0.1), lostReply: draw(0.4, 0.1), readError: draw(0.2, 0.03), idle: draw(0.5, 0.5) };
  return { ...drawn, ...Object.fromEntries(Object.entries(given ?? {}).filter(([, rate]) => rate !== undefined)) };
}

async function history(build: (sim: Simulation) => Output | readonly Output[], options: SimulateOptions, seed: number): Promise<History> {
  const world = worldOf(seed, options.now ?? 0);
  const { scheduler: timing, disk, network, reading } = world;
  const counts = { steps: 0, incarnations: 0, crashes: 0, powerLosses: 0, zombies: 0, checkpoints: 0 };
  const rates = options.crashAt === undefined ? ratesOf(seed, options.faults) : undefined;
  const crashAt = [...(options.crashAt ?? [])].sort((a, b) => a - b);
  const every = 20 + (seed % 7) * 30;
  const state: StateBackend = options.run?.state ?? diskState('/state');
  /** Those that stand still, and all that ever were: a process that woke up lives on beside its successor. */
  const processes: { readonly process: Process; wakeAt: number }[] = [];
  const all: Process[] = [];
  let stormy = rates !== undefined;
  let outcome: { readonly ok: boolean; readonly error?: unknown } | undefined;
  let process: Process = { name: '0', alive: true, paused: false };
  const onlooker = world.of(process);
  let starts = 0;
  let last: unknown;

  const weather = (): void => {
    disk.faults.error = stormy ? (rates?.diskError ?? 0) : 0;
    disk.faults.full = stormy ? (rates?.diskFull ?? 0) : 0;
    network.lostCall = stormy ? (rates?.lostCall ?? 0) : 0;
    network.lostReply = stormy ? (rates?.lostReply ?? 0) : 0;
    reading.error = stormy ? (rates?.readError ?? 0) : 0;
    reading.idle = stormy ? (rates?.idle ?? 0) : 0;
  };
  const start = (): void => {
    counts.incarnations++;
    const mine: Process = { name: String(counts.incarnations), alive: true, paused: false };
    process = mine;
    all.push(mine);
    outcome = undefined;
    const end = (ok: boolean, error?: unknown): void => {
      if (process === mine) outcome = { ok, error };
    };
    const made: Disk = disk.of(mine);
    const run = async (): Promise<void> => {
      const plan = planOf([build(world.of(mine))].flat().flatMap(output => output.sinks));
      const started = await startJob(
        plan,
        { name: 'simulated', checkpoint: { every, timeout: 5_000 }, onEvent: event => void (event.kind === 'checkpoint-completed' && counts.checkpoints++), ...options.run, state },
        { clock: timing.clock(mine), random: timing.random, phase: name => timing.point(mine, `phase ${name}`, () => {}), disk: made },
      );
      await started.done;
    };
    run().then(
      () => end(true),
      (error: unknown) => end(false, error),
    );
  };
  const kill = (power: boolean): void => {
    counts.crashes++;
    process.alive = false;
    if (power) {
      counts.powerLosses++;
      for (const other of all) if (other !== process) other.alive = false;
      processes.length = 0;
      disk.powerLoss();
    }
    start();
  };
  const fail = (what: string): never => {
    throw new Error(`Seed ${seed}: ${what}\nSay it again with { seeds: [${seed}, ${seed}] }. The last steps:\n  ${timing.trace.slice(-60).join('\n  ')}`);
  };

  weather();
  start();
  const stormUntil = options.stormy ?? 400;
  let calmSince = 0;
  for (;;) {
    if (outcome !== undefined) {
      const { ok, error }: { readonly ok: boolean; readonly error?: unknown } = outcome;
      if (ok) break;
      last = error;
      process.alive = false;
      if (!stormy && ++starts > MOST_STARTS) fail(`the job fails again and again: ${causeText(error)}`);
      if (!stormy && crashAt.length === 0 && rates === undefined && starts > 3) fail(`the job fails without a fault: ${causeText(error)}`);
      start();
    }
    const went = await timing.step();
    counts.steps++;
    if (!went && outcome === undefined) {
      if (processes.some(p => p.wakeAt < Number.POSITIVE_INFINITY)) {
        for (const p of processes) p.process.paused = false;
        processes.length = 0;
        continue;
      }
      // The promises that were followed last may have brought something.
      if (!(await timing.step()) && outcome === undefined) fail(`nothing can happen any more, and the job has not ended (last error: ${last === undefined ? 'none' : causeText(last)})`);
    }
    try {
      options.invariant?.(onlooker);
    } catch (cause) {
      fail(causeText(cause));
    }
    if (stormy && counts.steps >= stormUntil) {
      stormy = false;
      calmSince = counts.steps;
      weather();
    }
    if (!stormy && counts.steps - calmSince > CALM) fail(`the job has not ended ${CALM} steps after the last fault (last error: ${last === undefined ? 'none' : causeText(last)})`);
    for (const other of [...processes]) {
      if (counts.steps < other.wakeAt) continue;
      other.process.paused = false;
      processes.splice(processes.indexOf(other), 1);
    }
    if (crashAt.length > 0 && counts.steps >= (crashAt[0] ?? 0)) {
      crashAt.shift();
      if (outcome === undefined) kill(options.powerLoss === true);
    } else if (stormy && rates !== undefined && outcome === undefined) {
      if (timing.chance(rates.power)) kill(true);
      else if (timing.chance(rates.crash)) kill(false);
      else if (timing.chance(rates.zombie)) {
        counts.zombies++;
        process.paused = true;
        processes.push({ process, wakeAt: counts.steps + 1 + timing.pick(200) });
        start();
      }
    }
  }
  // Whoever is still asleep wakes up now, and must not change anything.
  const before = [...world.servers].map(([name, server]) => [name, server.visible.length] as const);
  for (const other of processes) other.process.paused = false;
  for (let i = 0; i < 200 && (await timing.step()); i++);
  if (options.check === undefined) {
    for (const [name, length] of before) if (world.servers.get(name)?.visible.length !== length) fail(`a process that had been taken over wrote to "${name}" after the end`);
  }
  try {
    options.check?.(onlooker);
  } catch (cause) {
    fail(causeText(cause));
  }
  return { figures: counts, hash: timing.hash, world };
}

function compare(calm: World, stormy: World, seed: number): void {
  for (const [name, { visible }] of calm.servers) {
    const found = [...(stormy.servers.get(name)?.visible ?? [])];
    const missing = visible.filter(record => {
      const at = found.findIndex(other => other.time === record.time && sameValue(other.value, record.value));
      if (at >= 0) found.splice(at, 1);
      return at < 0;
    });
    if (missing.length + found.length === 0) continue;
    const list = [...missing.map(r => `missing ${shown(r.value)} at ${r.time}`), ...found.map(r => `too much ${shown(r.value)} at ${r.time}`)];
    throw new Error(`Seed ${seed}: "${name}" has other records than after a run without faults:\n  ${list.slice(0, 20).join('\n  ')}\nSay it again with { seeds: [${seed}, ${seed}] }. The last steps:\n  ${stormy.scheduler.trace.slice(-60).join('\n  ')}`);
  }
}
