/** The kit of one test: a world of its own, with time, sources, places to look at results, and the memory that checkpoints go to. */
import type { Disk } from '../core/disk.js';
import type { StateBackend } from '../core/state.js';
import type { Time } from '../core/values.js';
import { planOf } from '../plan/plan.js';
import type { RunOptions } from '../runners/options.js';
import { memory } from '../state/memory.js';
import type { Output } from '../stream/output.js';
import type { Stream } from '../stream/stream.js';
import { collectInto, openLedger, type Collected, type Ledger } from './collected.js';
import { seeded } from './random.js';
import { launch, type TestJob } from './test-job.js';
import { testSource, type TestSource } from './test-source.js';
import { virtualClock, type VirtualClock } from './virtual-clock.js';

/** What a test kit starts from. */
export interface TestingOptions {
  /** What the clock shows at first, in epoch milliseconds; default 0. Real timestamps need a clock of their time: one more than a year ahead of it is an error of its record (`maxFuture`). */
  readonly now?: Time | undefined;
  /** Of all randomness in the job; default 1. */
  readonly seed?: number | undefined;
  /** Where checkpoints go: memory of the kit, unless this makes another place, empty. `crashAfterEach` asks once for each of its runs. */
  readonly state?: (() => StateBackend) | undefined;
  /** What connectors, logs and views are given as their disk; default the real one. */
  readonly disk?: Disk | undefined;
  /**
   * Records that go more ways than one (a stream with two readers) are frozen, plain objects and arrays of them whole, so that a step that writes into a record its neighbour reads fails in the test.
   * Outside of tests nothing is frozen. Default `true`.
   */
  readonly freeze?: boolean | undefined;
}

/** What a job in a test is made of: outputs, or what `collect` gave. */
export type Ends = Output | Collected<unknown> | readonly (Output | Collected<unknown>)[];

/** The kit of one test. */
export interface Testing {
  /** For user functions that wait: `await t.clock.sleep(50)`. */
  readonly clock: VirtualClock;
  /** Seeded, in [0, 1). */
  random(): number;
  /** A source whose script the test writes; the same one for the same name. */
  source<T>(name: string): TestSource<T>;
  /** Ends a stream where the test can look at it. */
  collect<T>(stream: Stream<T>, options?: { readonly name?: string | undefined }): Collected<T>;
  /**
   * Runs outputs as one job in virtual time, with the kit's memory as its state unless `options.state` says otherwise. A job of the same name run after it goes on from its last checkpoint.
   */
  run(ends: Ends, options?: RunOptions): Promise<TestJob>;
}

/** What outlives jobs, and the kits a harness makes anew. */
export interface TestWorld {
  kit(): Testing;
  /** Starts a job whose outputs are asked for again after each crash. */
  launch(ends: () => Ends, options?: RunOptions): Promise<TestJob>;
  /** What was collected so far, in order of the calls of `collect`. */
  readonly ledgers: readonly Ledger<unknown>[];
}

const outputsOf = (ends: Ends): readonly Output[] => [ends].flat().map(end => ('kind' in end ? end : end.output));

/** A world for one test. */
export function testWorld({ now = 0, seed = 1, state: makeState = memory, disk, freeze = true }: TestingOptions = {}): TestWorld {
  const clock = virtualClock(now);
  const random = seeded(seed);
  const state = makeState();
  const sources = new Map<string, TestSource<unknown>>();
  const ledgers: Ledger<unknown>[] = [];

  const world: TestWorld = {
    ledgers,
    launch: (ends, options) => launch({ clock, random, disk, freeze, options: { name: 'test', state, ...options }, plan: () => planOf(outputsOf(ends()).flatMap(output => output.sinks)) }),
    kit() {
      let collects = 0;
      return {
        clock,
        random,
        source<T>(name: string) {
          let source = sources.get(name);
          if (source === undefined) sources.set(name, (source = testSource<unknown>(name, () => clock.now())));
          return source as TestSource<T>; // a name stands for one type of record
        },
        collect<T>(stream: Stream<T>, options?: { readonly name?: string | undefined }) {
          const ledger = ledgers[collects] ?? openLedger<unknown>();
          ledgers[collects++] = ledger;
          return collectInto<T>(stream, ledger as Ledger<T>, options?.name); // made for it, or for the same call of a kit before
        },
        run: (ends, options) => world.launch(() => ends, options),
      };
    },
  };
  return world;
}

/**
 * A kit for testing pipelines in virtual time: sources written by the test, results with their event time, a clock that moves when told, crashes and failures on demand.
 * No real timer is used, and nothing but the host's turns is waited for.
 *
 * @param options what the clock shows at first, and the seed of randomness.
 * @returns a kit for one test.
 * @example
 * ```ts
 * import { Stream, sum, tumbling } from 'millrace';
 * import { expectRecords, pane, testing } from 'millrace/testing';
 *
 * const t = testing();
 * const payments = t.source<{ card: string; amount: number }>('payments');
 * const perMinute = t.collect(
 *   Stream.from(payments).keyBy(p => p.card).window(tumbling('1m')).aggregate(sum(p => p.amount), { name: 'per-minute' }),
 * );
 * const job = await t.run(perMinute);
 *
 * payments.push({ card: 'a', amount: 5 }, 1_000);
 * await job.checkpoint();
 * await job.crash();
 * payments.push({ card: 'a', amount: 7 }, 2_000);
 * payments.watermark(60_000);
 * expectRecords(perMinute, [[pane('a', [0, 60_000], 12), 59_999]]);
 * await job.stop();
 * ```
 */
export function testing(options?: TestingOptions): Testing {
  return testWorld(options).kit();
}
