/** How bad the world is: rates of faults, drawn by the seed. */
import type { RunOptions } from '../../runners/options.js';
import { seeded } from '../random.js';

/** Rates of faults, each in [0, 1] and per step or call. Whatever is not given is drawn by the seed, and often nothing. */
export interface FaultRates {
  /** The process is killed. */
  readonly crash?: number | undefined;
  /** The power fails: what was not synced is lost. */
  readonly power?: number | undefined;
  /** The process stands still, another takes over, and it wakes up later. */
  readonly zombie?: number | undefined;
  /** The job is stopped as users stop it, and started again. */
  readonly stop?: number | undefined;
  /** A checkpoint is asked for. */
  readonly demand?: number | undefined;
  readonly diskError?: number | undefined;
  readonly diskFull?: number | undefined;
  readonly lostCall?: number | undefined;
  readonly lostReply?: number | undefined;
  /** A call to a server takes seconds. */
  readonly slowCall?: number | undefined;
  readonly readError?: number | undefined;
  readonly idle?: number | undefined;
  /** A look at the clock in the middle of a turn shows that the turn took long. */
  readonly longTurn?: number | undefined;
}

/** Rates of one seed: each fault is there or not, and then rare or frequent. */
export function ratesOf(seed: number, given: FaultRates | undefined): { readonly [name in keyof FaultRates]-?: number } {
  const random = seeded(seed ^ 0x5eed);
  const draw = (share: number, most: number): number => (random() < share ? most * 10 ** (-2 * random()) : 0);
  const drawn = {
    crash: draw(0.7, 0.05),
    power: draw(0.5, 0.03),
    zombie: draw(0.4, 0.03),
    stop: draw(0.3, 0.05),
    demand: draw(0.3, 0.1),
    diskError: draw(0.3, 0.02),
    diskFull: draw(0.2, 0.2),
    lostCall: draw(0.4, 0.1),
    lostReply: draw(0.4, 0.1),
    slowCall: draw(0.2, 0.1),
    readError: draw(0.2, 0.03),
    idle: draw(0.5, 0.5),
    longTurn: draw(0.3, 0.5),
  };
  return { ...drawn, ...Object.fromEntries(Object.entries(given ?? {}).filter(([, rate]) => rate !== undefined)) };
}

/** How a job of this seed checkpoints: rarely or often, patient or not, and with a bound on what waits. */
export function checkpointOf(seed: number): Exclude<RunOptions['checkpoint'], string | number | undefined> {
  const random = seeded(seed ^ 0xc4ec);
  const pick = (below: number): number => Math.floor(random() * below);
  const often = { every: 20 + pick(7) * 30, timeout: random() < 0.3 ? 50 + pick(500) : 5_000 };
  return random() < 0.3 ? { ...often, maxDirty: 1 + pick(20) } : often;
}
