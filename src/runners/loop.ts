/**
 * The turns of a job: one at a time, at once when the runner is idle, within a budget of time per turn of the host's event loop.
 *
 * The budget is counted from the first turn since the host last had its input and output served, not per turn: promises that wake the runner one after the other
 * would otherwise keep the host waiting for ever.
 */
import type { Entry, Runtime } from '../compile/runtime.js';

export interface Loop {
  /** A turn at once, if none is under way. */
  wake(): void;
  /** A turn when the promises that settle now have all been heard: what they bring goes down together. */
  soon(): void;
  /** Before records pushed from outside, once per turn of the host and every so many records: gives the push its time. */
  refresh(): void;
  /** Calls `task` when no turn is under way: at once, or right after this one. */
  outside(task: () => void): void;
  /** Partial batches are to be written after the host's input and output. */
  unwritten(): void;
  /** No more turns. */
  stop(): void;
  /** Between turns? */
  readonly resting: boolean;
  /** Milliseconds spent in turns, and waiting with a closed gate above. */
  readonly busy: number;
  readonly blocked: number;
  readonly turns: number;
  readonly longest: number;
}

export interface LoopOptions {
  readonly budget: number;
  /** Hands partial batches to sinks. */
  write(): void;
  /** After every turn that ended with nothing left to do now. */
  rest(): void;
  /** After every turn. */
  look(): void;
  fail(error: unknown): void;
}

/** `runtimeOf` breaks the circle: the runtime needs `wake`, the loop needs the runtime. */
export function createLoop(runtimeOf: () => Runtime, options: LoopOptions): Loop {
  let stopped = false;
  let heard = false;
  const settled = Promise.resolve();
  let unwritten = false;
  let waiting = false;
  let cancel: (() => void) | undefined;
  let first = 0;
  let busy = 0;
  let blocked = 0;
  let blockedSince: number | undefined;
  let turns = 0;
  let after: (() => void)[] = [];
  let longest = 0;

  /** The host has had its turn. */
  const fresh = (): void => {
    cancel = undefined;
    if (stopped) return;
    runtimeOf().signals.fresh = true;
    if (unwritten) {
      unwritten = false;
      guarded(options.write);
    }
    if (waiting) turn();
  };
  const openBudget = (runtime: Runtime): void => {
    if (cancel !== undefined) return;
    const { clock } = runtime.environment;
    runtime.deadline = clock.monotonic() + options.budget;
    runtime.spent = false;
    cancel = clock.defer(fresh);
  };
  const guarded = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      options.fail(error);
    }
  };
  const resume = (entry: Entry): boolean => {
    for (let list = entry.unfinished; list !== undefined; list = entry.unfinished) {
      const [next] = list;
      if (next !== undefined) {
        if (!next()) return false;
        list.shift();
      }
      if (list.length === 0) {
        entry.unfinished = undefined;
        entry.halt.n--;
      }
    }
    return true;
  };
  const pass = (runtime: Runtime): boolean => {
    let progress = false;
    // By index: entries come and go while they are served.
    for (let i = 0; i < runtime.entries.length && !runtime.spent && !stopped; i++) {
      const entry = runtime.entries[i];
      if (entry === undefined) continue;
      runtime.current = entry;
      if (entry.unfinished !== undefined) {
        if (!resume(entry)) continue;
        progress = true;
      }
      if (entry.blocked === 0 && entry.serve()) progress = true;
    }
    return progress;
  };
  const leave = (): void => {
    while (after.length > 0 && !runtimeOf().signals.busy) {
      const tasks = after;
      after = [];
      for (const task of tasks) guarded(task);
    }
  };
  const turn = (): void => {
    const runtime = runtimeOf();
    if ((runtime.signals.busy && !waiting) || stopped) return;
    openBudget(runtime);
    runtime.signals.busy = true;
    if (runtime.spent) {
      waiting = true;
      return;
    }
    const { clock } = runtime.environment;
    waiting = false;
    turns++;
    first = clock.monotonic();
    if (blockedSince !== undefined) blocked += first - blockedSince;
    blockedSince = undefined;
    guarded(() => {
      do runtime.signals.again = false;
      while ((pass(runtime) || runtime.signals.again) && !runtime.spent && !stopped);
    });
    runtime.current = undefined;
    runtime.origin = undefined;
    runtime.signals.busy = stopped;
    leave();
    const now = clock.monotonic();
    busy += now - first;
    if (now - first > longest) longest = now - first;
    if (stopped) return;
    if (runtime.spent) {
      waiting = true;
      runtime.signals.busy = true;
    } else {
      if (runtime.entries.some(e => e.kind === 'split' && e.blocked > 0)) blockedSince = now;
      options.rest();
    }
    options.look();
  };

  const self: Loop = {
    wake() {
      const runtime = runtimeOf();
      if (!runtime.signals.busy) turn();
      else runtime.signals.again = true;
    },
    soon() {
      const { signals } = runtimeOf();
      if (signals.busy) signals.again = true;
      else if (!heard) {
        heard = true;
        void settled.then(() => {
          heard = false;
          self.wake();
        });
      }
    },
    refresh() {
      const runtime = runtimeOf();
      runtime.signals.fresh = false;
      openBudget(runtime);
      // Whoever pushes in a loop holds the host itself; what is pushed must go somewhere.
      runtime.deadline = runtime.environment.clock.monotonic() + options.budget;
      runtime.spent = false;
    },
    outside(task) {
      if (runtimeOf().signals.busy && !waiting) after.push(task);
      else guarded(task);
    },
    unwritten() {
      unwritten = true;
      if (cancel === undefined && !stopped) openBudget(runtimeOf());
    },
    stop() {
      stopped = true;
      runtimeOf().signals.busy = true;
      cancel?.();
      cancel = undefined;
    },
    get resting() {
      return !runtimeOf().signals.busy;
    },
    get busy() {
      return busy;
    },
    get blocked() {
      return blocked;
    },
    get turns() {
      return turns;
    },
    get longest() {
      return longest;
    },
  };
  return self;
}
