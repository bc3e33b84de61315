/** The splits of a job: opened as they come, closed as they go, told when their inputs are silent. */
import { CheckpointError, StepError } from '../core/errors.js';
import { retryDelay, type Retry } from '../core/retry.js';
import type { Position } from '../core/values.js';
import type { Manifest } from '../core/state.js';
import type { Compiled } from '../compile/compile.js';
import { postpone, type Entry, type Runtime } from '../compile/runtime.js';
import type { SourceStep } from '../plan/step.js';
import type { Within } from './bounded.js';
import type { SplitList } from './opening.js';
import type { Loop } from './loop.js';
import { splitEntry, type SplitEntry } from './split.js';

/** Readers open at once; further splits wait for one to end. */
const MOST_OPEN = 64;
/** Waits before a checkpoint that failed is asked for again. */
const AGAIN: Retry = { attempts: Number.POSITIVE_INFINITY, backoff: 100 };
/** How often the silence of a pushing input is looked at, in milliseconds. */
const SILENCE_TICK = 250;

export interface SplitGroup {
  readonly all: readonly SplitEntry[];
  /** Positions of splits that are not open: those that had ended before this run began, and those that a list which changes has not named yet. */
  closed(): Iterable<readonly [source: string, split: string, Position | 'end']>;
  /** Registers all splits, so that none moves the watermark before the others are counted. */
  begin(): void;
  /** Ends all inputs here. */
  cut(): void;
  pause(paused: boolean): void;
  close(): Promise<void>;
  /** The same after a failure: each is tried, errors are left alone, since the first one stands. */
  closeAll(): Promise<void>;
}

export function splitGroup(options: {
  readonly runtime: Runtime;
  readonly compiled: Compiled;
  readonly restored: Manifest | undefined;
  readonly loop: Loop;
  readonly lists: ReadonlyMap<SourceStep, SplitList>;
  /** What has to be stopped when the job ends. */
  readonly stoppers: (() => void)[];
  readonly within: Within;
  checkpoint(): Promise<void>;
  fail(error: unknown): void;
}): SplitGroup {
  const { runtime, compiled, restored, loop, lists, fail } = options;
  const { plan } = runtime;
  const { clock, signal, random } = runtime.environment;
  const all: SplitEntry[] = [];
  /** Those whose reader is open, by the bound they count for; counted anew at each pass this would cost the cube of their number. */
  const open = new Map<number, Set<SplitEntry>>();
  const over = new Map<string, Map<string, Position | 'end'>>();
  /** A list that changes may name a split long after a restart, and checkpoints are taken before: its place must not be lost in them. */
  const expected = new Map<string, Map<string, Position | 'end'>>();

  /** A checkpoint is being taken. */
  let halted = false;

  /** Splits that went in this run: one of the same name that comes later is another, and does not go on where the first one was kept. */
  const left = new Map<string, Set<string>>();

  /** Things to do in a turn of the runner; no gate is below them. */
  const chores: (() => boolean)[] = [];
  const chore: Entry = {
    step: { kind: 'merge', operator: 'splits', policy: 'fail', inputs: [], sequential: false },
    split: undefined,
    kind: 'chores',
    blocked: 0,
    halt: { n: 0 },
    unfinished: undefined,
    depth: () => chores.length,
    serve() {
      const next = chores.shift();
      if (next === undefined) return false;
      if (!next()) postpone(chore, next);
      return true;
    },
  };
  runtime.addEntry(chore);

  const openBelow = (most: number): Set<SplitEntry> => {
    const found = open.get(most) ?? new Set<SplitEntry>();
    open.set(most, found);
    return found;
  };
  const add = (step: SourceStep, split: string): void => {
    const id = plan.idOf(step);
    const from = left.get(id)?.has(split) === true ? undefined : restored?.positions[id]?.[split];
    const ended = from === 'end';
    expected.get(id)?.delete(split);
    const root = compiled.root(step, split, ended);
    if (ended) {
      over.set(id, (over.get(id) ?? new Map<string, Position | 'end'>()).set(split, 'end'));
      return;
    }
    const most = step.source.mostOpen ?? MOST_OPEN;
    const opened = openBelow(most);
    const entry = splitEntry({
      runtime,
      step,
      split,
      root,
      from,
      // Those behind a gate leave room for those that must end before it opens.
      mayOpen() {
        if (opened.size >= (entry.blocked > 0 ? most / 2 : most)) return false;
        opened.add(entry);
        return true;
      },
      pending: () => compiled.pending(split),
      fail,
      onEnd() {
        opened.delete(entry);
        void entry.close().catch((cause: unknown) => fail(new StepError(id, cause)));
      },
      refresh: loop.refresh,
      outside: loop.outside,
    });
    // One that comes while a checkpoint is taken must not hand records down: sinks may have been flushed already.
    entry.paused = halted;
    all.push(entry);
    runtime.addEntry(entry);
    chores.push(() => {
      if (entry.blocked > 0) entry.open();
      return true;
    });
  };
  /** They wait for the checkpoint after which they are somebody else's. */
  const leaving = new Set<SplitEntry>();
  const remove = (step: SourceStep, split: string): boolean => {
    const id = plan.idOf(step);
    left.set(id, (left.get(id) ?? new Set<string>()).add(split));
    expected.get(id)?.delete(split);
    over.get(id)?.delete(split);
    const at = all.findIndex(s => s.step === step && s.split === split);
    const entry = all[at];
    if (entry === undefined) return true;
    all.splice(at, 1);
    leaving.delete(entry);
    openBelow(step.source.mostOpen ?? MOST_OPEN).delete(entry);
    void entry.close().catch((cause: unknown) => fail(new StepError(id, cause)));
    runtime.forget(split, new Set(plan.steps.filter(s => s === step || (plan.perSplit.has(s) && plan.sourcesOf(s).has(step)))));
    return compiled.leave(step, split);
  };
  const soon = (task: () => boolean): void => {
    chores.push(task);
    loop.wake();
  };
  /** Resolves when `task` was done in a turn of the runner. */
  const inTurn = (task: () => boolean): Promise<void> =>
    new Promise(resolve =>
      soon(() => {
        if (!task()) return false;
        resolve();
        return true;
      }),
    );
  /** Splits that somebody else is going to read: they hand nothing down any more, and are let go of when a checkpoint has where they are. */
  const leave = async (step: SourceStep, splits: readonly string[]): Promise<void> => {
    await inTurn(() => {
      for (const entry of all) {
        if (entry.step !== step || !splits.includes(entry.split)) continue;
        leaving.add(entry);
        entry.paused = true;
      }
      return true;
    });
    for (let attempt = 1; ; attempt++) {
      try {
        await options.checkpoint();
        break;
      } catch (cause) {
        // It left the job running, and so the split waits for the next.
        if (!(cause instanceof CheckpointError) || signal.aborted) throw cause;
        await clock.sleep(retryDelay(AGAIN, attempt, random), signal);
      }
    }
    for (const split of splits) await inTurn(() => remove(step, split));
  };
  const follow = async (step: SourceStep, changes: Exclude<SplitList, readonly string[]>): Promise<void> => {
    const iterator = changes[Symbol.asyncIterator]();
    options.stoppers.push(() => void (async () => iterator.return?.())().catch(() => {}));
    for (let next = await iterator.next(); next.done !== true && !signal.aborted; next = await iterator.next()) {
      const { added, revoked, lost } = next.value;
      soon(() => {
        for (const split of added ?? []) add(step, split);
        return true;
      });
      for (const split of lost ?? []) soon(() => remove(step, split));
      if (revoked === undefined || revoked.length === 0) continue;
      await leave(step, revoked);
      next.value.released?.();
    }
    soon(() => {
      expected.delete(plan.idOf(step));
      return compiled.close(step);
    });
  };
  const listen = (): void => {
    if (!all.some(s => runtime.quietListeners(s.step, s.split).length > 0)) return;
    const tick = (): boolean => {
      for (const split of all) split.tick(SILENCE_TICK);
      return true;
    };
    options.stoppers.push(clock.every(SILENCE_TICK, () => soon(tick)));
  };

  return {
    all,
    *closed() {
      for (const kept of [over, expected]) for (const [source, places] of kept) for (const [split, at] of places) yield [source, split, at];
    },
    begin() {
      for (const [step, list] of lists) {
        if (Symbol.asyncIterator in list) expected.set(plan.idOf(step), new Map(Object.entries(restored?.positions[plan.idOf(step)] ?? {})));
        if (Symbol.asyncIterator in list) void follow(step, list).catch((cause: unknown) => fail(new StepError(plan.idOf(step), cause)));
        else {
          try {
            for (const split of list) add(step, split);
          } catch (error) {
            return fail(error);
          }
          chores.push(() => compiled.close(step));
        }
      }
      listen();
    },
    cut() {
      for (const split of all) split.cut();
      for (const step of lists.keys()) soon(() => compiled.close(step));
    },
    pause(paused) {
      halted = paused;
      for (const split of all) split.paused = paused || leaving.has(split);
      runtime.alignment.release(paused);
      for (const release of runtime.releases) release(paused);
    },
    async closeAll() {
      await Promise.allSettled(all.map(split => split.close()));
    },
    async close() {
      for (const split of all) {
        try {
          await options.within('Closing the source', split.close());
        } catch (cause) {
          throw new StepError(plan.idOf(split.step), cause);
        }
      }
    },
  };
}
