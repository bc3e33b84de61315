/**
 * One seed is one history: a sequence of steps of the scheduler. Between two steps the process may be killed, the power may fail, the process may stand still while a successor takes over and wake up later, or the
 * job is stopped and started again. Calls of disk, servers and sources may fail meanwhile. After a while the faults stop, and the job must come to its end.
 */
import { causeText } from '../../core/errors.js';
import type { StateBackend } from '../../core/state.js';
import { planOf } from '../../plan/plan.js';
import type { ControlledJob } from '../../runners/job.js';
import { startJob } from '../../runners/local.js';
import type { Output } from '../../stream/output.js';
import { diskState } from './disk-state.js';
import { checkpointOf, ratesOf } from './rates.js';
import type { Process } from './scheduler.js';
import type { SimulateOptions, SimulationFigures } from './simulate.js';
import { worldOf, type Simulation, type World } from './world.js';

export interface History {
  readonly figures: Omit<SimulationFigures, 'seeds'>;
  readonly hash: number;
  readonly world: World;
}

interface Incarnation {
  readonly process: Process;
  job: ControlledJob | undefined;
  outcome: { readonly ok: boolean; readonly error?: unknown } | undefined;
  stopping: boolean;
  /** Steps after which it wakes up. */
  wakeAt: number;
}

/** Steps a job may take to its end once the faults have stopped. */
const CALM = 20_000;
/** Incarnations that may fail one after another without a fault. */
const MOST_STARTS = 200;
/** After so many of them the job is given the time it says it lacks, as whoever runs it would do. */
const IMPATIENT_STARTS = 20;
const PATIENCE = 5_000;
/** Steps in which those that are left over at the end must come to theirs. */
const AFTERWARDS = 3_000;
/** Timers a job may wait for at once. */
const MOST_TIMERS = 16;
/** Steps after which the process that stands still wakes up, at most. */
const LONGEST_SLEEP = 200;

/** What is wrong with a seed, and how to have it again. */
export const told = (seed: number, what: string, world: World): string => `Seed ${seed}: ${what}\nSay it again with { seeds: [${seed}, ${seed}] }. The last steps:\n  ${world.scheduler.trace.slice(-60).join('\n  ')}`;

export async function history(build: (sim: Simulation) => Output | readonly Output[], options: SimulateOptions, seed: number): Promise<History> {
  const world = worldOf(seed, options.now ?? 0);
  const { scheduler: timing, disk, network, reading, witness } = world;
  const counts = { steps: 0, incarnations: 0, crashes: 0, powerLosses: 0, zombies: 0, stops: 0, checkpoints: 0 };
  const rates = options.crashAt === undefined ? ratesOf(seed, options.faults) : undefined;
  const crashAt = [...(options.crashAt ?? [])].sort((a, b) => a - b);
  const state: StateBackend = options.run?.state ?? diskState('/state');
  const onlooker = world.of({ name: '0', alive: true, paused: false });
  const living: Incarnation[] = [];
  let current = { process: { name: '0', alive: false, paused: false }, job: undefined, outcome: undefined, stopping: false, wakeAt: 0 } as Incarnation;
  let stormy = rates !== undefined;
  let starts = 0;
  let last: unknown;

  const weather = (): void => {
    const now = (rate: number | undefined): number => (stormy ? (rate ?? 0) : 0);
    disk.faults.error = now(rates?.diskError);
    disk.faults.full = now(rates?.diskFull);
    network.lostCall = now(rates?.lostCall);
    network.lostReply = now(rates?.lostReply);
    network.slow = now(rates?.slowCall);
    reading.error = now(rates?.readError);
    reading.idle = now(rates?.idle);
    timing.long = now(rates?.longTurn);
  };
  const fail = (what: string): never => {
    throw new Error(told(seed, what, world));
  };
  const start = (): void => {
    const process: Process = { name: String(++counts.incarnations), alive: true, paused: false };
    const mine: Incarnation = { process, job: undefined, outcome: undefined, stopping: false, wakeAt: 0 };
    current = mine;
    living.push(mine);
    const run = async (): Promise<void> => {
      const plan = planOf([build(world.of(process))].flat().flatMap(output => output.sinks));
      mine.job = await startJob(
        plan,
        { name: 'simulated', checkpoint: starts > IMPATIENT_STARTS ? { ...checkpointOf(seed), timeout: PATIENCE } : checkpointOf(seed), onEvent: event => void (event.kind === 'checkpoint-completed' && counts.checkpoints++), ...options.run, state: witness.state(state, process) },
        { clock: timing.clock(process), random: timing.random, phase: name => timing.point(process, `phase ${name}`, () => {}), disk: witness.disk(disk.of(process), process) },
      );
      await mine.job.done;
    };
    run().then(
      () => (mine.outcome = { ok: true }),
      (error: unknown) => (mine.outcome = { ok: false, error }),
    );
  };
  const kill = (incarnation: Incarnation): void => {
    // What it has sent is on its way, or not.
    timing.kill(incarnation.process, 0.5);
    living.splice(living.indexOf(incarnation), 1);
  };
  const crash = (by: 'kill' | 'power' | 'pause'): void => {
    if (by === 'pause') {
      counts.zombies++;
      current.process.paused = true;
      current.wakeAt = counts.steps + 1 + timing.pick(LONGEST_SLEEP);
    } else {
      counts.crashes++;
      for (const incarnation of by === 'power' ? [...living] : [current]) kill(incarnation);
      if (by === 'power') {
        counts.powerLosses++;
        disk.powerLoss();
      }
    }
    start();
  };
  /** What came of the current one; `true` if that was the end. */
  const settled = (): boolean => {
    const { outcome, stopping } = current;
    if (outcome === undefined) return false;
    if (outcome.ok) {
      if (!stopping) return true;
      start();
      return false;
    }
    last = outcome.error;
    if (!stormy) starts++;
    if (starts > MOST_STARTS || (starts > 3 && rates === undefined && crashAt.length === 0)) fail(`the job fails again and again without a fault: ${causeText(last)}`);
    // Its process ends with it, or tries again.
    if (timing.chance(0.5)) kill(current);
    start();
    return false;
  };
  const look = (): void => {
    const [violation] = witness.violations;
    if (violation !== undefined) fail(violation);
    if (counts.steps % 16 === 0 && timing.timers(current.process).length > MOST_TIMERS) fail(`${MOST_TIMERS} timers wait: ${timing.timers(current.process).join(', ')}`);
    try {
      options.invariant?.(onlooker);
    } catch (cause) {
      fail(causeText(cause));
    }
  };
  const wake = (all: boolean): boolean => {
    let woken = false;
    for (const { process, wakeAt } of living) {
      if (!process.paused || (!all && counts.steps < wakeAt)) continue;
      process.paused = false;
      woken = true;
    }
    return woken;
  };
  const misfortune = (): void => {
    const [next] = crashAt;
    if (next !== undefined && counts.steps >= next) {
      crashAt.shift();
      if (current.outcome === undefined) crash(options.crashBy ?? 'kill');
    }
    if (!stormy || rates === undefined || current.outcome !== undefined) return;
    const { job } = current;
    if (timing.chance(rates.power)) crash('power');
    else if (timing.chance(rates.crash)) crash('kill');
    else if (timing.chance(rates.zombie)) crash('pause');
    else if (job === undefined) return;
    else if (timing.chance(rates.stop)) {
      counts.stops++;
      current.stopping = true;
      job.stop().catch(() => {}); // as its `done`
    } else if (timing.chance(rates.demand)) job.checkpoint().catch(() => {}); // as others that fail
  };

  weather();
  start();
  const stormUntil = options.stormy ?? 400;
  let calmSince = 0;
  /** A job that has ended may be started again, and must find that nothing is left to do. */
  let encores = rates !== undefined && timing.chance(0.25) ? 1 : 0;
  for (;;) {
    if (settled()) {
      if (encores-- <= 0) break;
      start();
    }
    const went = await timing.step();
    counts.steps++;
    // The promises that were followed last may have brought something.
    if (!went && !wake(true) && !(await timing.step()) && current.outcome === undefined) fail(`nothing can happen any more, and the job has not ended (last error: ${last === undefined ? 'none' : causeText(last)})`);
    look();
    if (stormy && counts.steps >= stormUntil) {
      stormy = false;
      calmSince = counts.steps;
      weather();
    }
    if (!stormy && counts.steps - calmSince > CALM) fail(`the job has not ended ${CALM} steps after the last fault (last error: ${last === undefined ? 'none' : causeText(last)})`);
    wake(false);
    misfortune();
  }
  // Whoever is still asleep wakes up now, must not change anything, and comes to its end like all others.
  const before = [...world.servers].map(([name, server]) => [name, server.guarantee, server.visible.length] as const);
  stormy = false;
  weather();
  wake(true);
  for (let i = 0; i < AFTERWARDS && (await timing.step()); i++) look();
  for (const [name, guarantee, length] of before) if (guarantee !== 'append' && world.servers.get(name)?.visible.length !== length) fail(`a process that had been taken over wrote to "${name}" after the end`);
  for (const { process, outcome } of living) {
    if (outcome === undefined) fail(`incarnation ${process.name} does not come to an end`);
    const left = [...timing.timers(process), ...witness.held(process)];
    if (left.length > 0) fail(`incarnation ${process.name} has ended and left behind: ${left.join(', ')}`);
  }
  try {
    options.check?.(onlooker);
  } catch (cause) {
    fail(causeText(cause));
  }
  return { figures: counts, hash: timing.hash, world };
}
