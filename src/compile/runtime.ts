/**
 * What compiled steps share while a job runs: the entries through which records come in, the gates that close them, the budget, the counters.
 *
 * An *entry* is a place where the runner starts calling ports: a split of a source, the inlet of an asynchronous step, a keyed step's timers.
 * A *gate* belongs to a step whose buffer can be full, or whose watermark can be unfinished; while it is closed no entry above it is served.
 * Closing adds one to a number in each such entry, so the hot path reads one field.
 */
import type { Environment } from '../core/clock.js';
import type { Held } from '../core/keyed.js';
import type { Pace } from '../core/port.js';
import type { Gate, OriginCell } from '../core/stage.js';
import type { Json, Key } from '../core/values.js';
import type { Plan } from '../plan/plan.js';
import { inputsOf, type Step, type StepInput } from '../plan/step.js';
import { alignment, type Alignment } from './alignment.js';
import { newMeter, type Meter } from './meter.js';
import type { InputTime } from './minimum.js';

/** A place where the runner starts calling ports. */
export interface Entry {
  readonly step: Step;
  /** `undefined`: shared by all splits. */
  readonly split: string | undefined;
  readonly kind: 'split' | 'inlet' | 'timers' | 'chores' | 'upkeep';
  /** Closed gates below. */
  blocked: number;
  /** Closed gates below, and one more while something is unfinished: what the hot path looks at. A cell of its own, because it was measured: two fields of the entry cost more than the rest of the loop. */
  readonly halt: Halt;
  /** Watermarks not yet taken, to be called again before anything else from here. */
  unfinished: (() => boolean)[] | undefined;
  /** Hands on what it has until it has nothing, is blocked, or the budget is spent; answers whether it did anything. */
  serve(): boolean;
  /** Records waiting here. */
  depth(): number;
  /** Splits: their reader is open. */
  readonly opened?: boolean;
  /** Splits: the source says that more is known to wait. */
  behind?(): boolean;
  /** Splits: they wait for slower ones, or no longer. */
  hold?(waiting: boolean): void;
}

/** See {@link Entry.halt}. */
export interface Halt {
  n: number;
}

/** What the runner and pushing inputs tell each other; a small object, like {@link Halt} and for its reason. */
export interface Signals {
  /** A turn is under way, or none may be taken now. */
  busy: boolean;
  /** Someone asked for a turn meanwhile. */
  again: boolean;
  /** The host has had its turn since the last record: the clock has to be read anew. */
  fresh: boolean;
}

/** A place where watermarks meet: the splits of what stands above an edge, or the inputs of a step, by number. */
export interface Joint {
  /** `undefined`: the inputs of `step` itself. */
  readonly from: Step | undefined;
  readonly step: Step;
  readonly inputs: ReadonlyMap<string, InputTime>;
}

export interface Runtime {
  readonly plan: Plan;
  readonly environment: Environment;
  readonly entries: Entry[];
  /** The entry being served. */
  current: Entry | undefined;
  /** Of the record in hand. */
  origin: OriginCell | undefined;
  /** Budget left? Reads the clock once in a while. */
  readonly pace: Pace;
  /** Records that may go down between two looks at the clock. */
  stride: number;
  /** Looks at the clock. */
  inTime(): boolean;
  /** Starts or ends a turn: `deadline` on the monotonic clock. */
  deadline: number;
  /** The clock said so; stays until the next turn. */
  spent: boolean;
  readonly signals: Signals;
  /** A checkpoint is being taken: nothing may change state or reach a sink. */
  frozen: boolean;
  /** From the first phase of a checkpoint to its last: nothing new is begun. */
  pausing: boolean;
  /** Something outside ports happened, an Observable pushed: a turn at once. */
  wake(): void;
  /** A promise settled: a turn when all that settle now have been heard. */
  soon(): void;
  meter(step: Step): Meter;
  addEntry(entry: Entry): void;
  removeEntry(entry: Entry): void;
  /** What it closes: all that feeds the step, or only what feeds some of its inputs. */
  gate(step: Step, split: string | undefined, inputs?: readonly StepInput[]): Gate;
  /** Told of every split whose reads come back empty, or that has ended. */
  readonly onEmpty: Set<(entry: Entry) => void>;
  /** Told when a checkpoint needs everything to flow (`true`), and when it is done. */
  readonly releases: ((released: boolean) => void)[];
  /** Where watermarks meet, and the stages at work: for whoever asks what holds a step back. */
  readonly joints: Joint[];
  readonly stages: Map<Step, { why(key: Key | undefined): Held }>;
  /** Steps with a closed gate above which this entry is. */
  closed(entry: Entry): readonly Step[];
  /** Fast splits wait for slow ones here. */
  readonly alignment: Alignment;
  /** Listeners of a split's silence, and those who tell them. */
  quiet(step: Step, split: string | undefined, listener: (ms: number) => void): void;
  quietListeners(source: Step, split: string): readonly ((ms: number) => void)[];
  /** `step` is the key under which the manifest keeps it. */
  persist(step: string, split: string | undefined, save: () => Json, restore: (state: Json) => void): void;
  /** All that was registered, for the manifest; and of these splits, which are not open yet, what was restored. */
  saved(expected: ReadonlySet<string>): { [step: string]: Json };
  /** A split is gone: its entries, gates and saved state with it. */
  forget(split: string, steps: ReadonlySet<Step>): void;
}

/** Records handed on between two looks at the clock, at most; fewer after a turn that overran. */
const MOST_PER_LOOK = 64;

interface GateOf extends Gate {
  readonly step: Step;
  readonly split: string | undefined;
  readonly above: ReadonlySet<Step>;
  closed: boolean;
}

export function createRuntime(options: {
  readonly plan: Plan;
  readonly environment: Environment;
  readonly budget: number;
  readonly restored: { readonly [step: string]: Json } | undefined;
  wake(): void;
  soon(): void;
}): Runtime {
  const { plan, environment } = options;
  const clock = environment.clock;
  const gates: GateOf[] = [];
  const meters = new Map<Step, Meter>();
  const listeners = new Map<string, ((ms: number) => void)[]>();
  const saves = new Map<string, Map<string, () => Json>>();
  let looks = 0;
  /** The turn, by its deadline, whose first look was let through. */
  let begun = Number.NaN;

  const affects = (gate: GateOf, entry: Entry): boolean =>
    gate.above.has(entry.step) && (gate.split === undefined || entry.split === undefined || gate.split === entry.split);

  const runtime: Runtime = {
    plan,
    environment,
    entries: [],
    current: undefined,
    origin: undefined,
    deadline: Number.POSITIVE_INFINITY,
    spent: false,
    signals: { busy: false, again: false, fresh: true },
    frozen: false,
    pausing: false,
    pace: {
      go() {
        if (runtime.spent) return false;
        return ++looks < runtime.stride || runtime.inTime();
      },
    },
    stride: MOST_PER_LOOK,
    inTime() {
      if (runtime.spent) return false;
      looks = 0;
      const over = clock.monotonic() - runtime.deadline;
      if (over < 0) {
        if (runtime.stride < MOST_PER_LOOK) runtime.stride++;
        return true;
      }
      if (over > options.budget / 2) runtime.stride = Math.max(1, runtime.stride >> 1);
      // A look that costs the whole budget must not keep everything from being done: at the shortest stride each turn does one thing.
      if (runtime.stride === 1 && begun !== runtime.deadline) {
        begun = runtime.deadline;
        return true;
      }
      runtime.spent = true;
      return false;
    },
    wake: options.wake,
    soon: options.soon,
    meter(step) {
      let meter = meters.get(step);
      if (meter === undefined) meters.set(step, (meter = newMeter(step)));
      return meter;
    },
    addEntry(entry) {
      entry.blocked = gates.filter(g => g.closed && affects(g, entry)).length;
      entry.halt.n = entry.blocked;
      runtime.entries.push(entry);
    },
    removeEntry(entry) {
      const at = runtime.entries.indexOf(entry);
      if (at >= 0) runtime.entries.splice(at, 1);
    },
    gate(step, split, inputs) {
      const turn = (closed: boolean): void => {
        if (gate.closed === closed) return;
        gate.closed = closed;
        for (const entry of runtime.entries) {
          if (!affects(gate, entry)) continue;
          entry.blocked += closed ? 1 : -1;
          entry.halt.n += closed ? 1 : -1;
        }
      };
      const gate: GateOf = { step, split, above: plan.feeding(inputs ?? inputsOf(step)), closed: false, close: () => turn(true), open: () => turn(false) };
      gates.push(gate);
      return gate;
    },
    onEmpty: new Set(),
    releases: [],
    joints: [],
    stages: new Map(),
    closed: entry => gates.filter(g => g.closed && affects(g, entry)).map(g => g.step),
    alignment: alignment({ gate: (step, split) => runtime.gate(step, split), entries: () => runtime.entries, sourcesOf: plan.sourcesOf, wake: options.wake }),
    quiet(step, split, listener) {
      for (const source of plan.sourcesOf(step)) {
        const key = `${plan.idOf(source)} ${split ?? ''}`;
        listeners.set(key, [...(listeners.get(key) ?? []), listener]);
      }
    },
    quietListeners: (source, split) => listeners.get(`${plan.idOf(source)} ${split}`) ?? [],
    persist(step, split, save, restore) {
      const key = split ?? '';
      const before = options.restored?.[step];
      if (before !== null && typeof before === 'object' && !Array.isArray(before)) {
        const state = new Map(Object.entries(before)).get(key);
        if (state !== undefined) restore(state);
      }
      const splits = saves.get(step) ?? new Map<string, () => Json>();
      splits.set(key, save);
      saves.set(step, splits);
    },
    saved(expected) {
      const all = new Map([...saves].map(([step, splits]) => [step, new Map([...splits].map(([split, save]) => [split, save()]))]));
      if (expected.size > 0) {
        const ids = new Set(plan.steps.map(plan.idOf));
        for (const [step, before] of Object.entries(options.restored ?? {})) {
          if (!(ids.has(step) || all.has(step)) || before === null || typeof before !== 'object' || Array.isArray(before)) continue;
          const splits = all.get(step) ?? new Map<string, Json>();
          for (const [split, state] of Object.entries(before)) if (expected.has(split) && !splits.has(split)) splits.set(split, state);
          if (splits.size > 0) all.set(step, splits);
        }
      }
      return Object.fromEntries([...all].map(([step, splits]) => [step, Object.fromEntries(splits)]));
    },
    forget(split, steps) {
      for (let i = gates.length - 1; i >= 0; i--) {
        const gate = gates[i];
        if (gate !== undefined && gate.split === split && steps.has(gate.step)) {
          gate.open();
          gates.splice(i, 1);
        }
      }
      for (const entry of [...runtime.entries]) if (entry.split === split && steps.has(entry.step)) runtime.removeEntry(entry);
      for (const step of steps) {
        saves.get(plan.idOf(step))?.delete(split);
        meters.get(step)?.splits.delete(split);
        runtime.alignment.leave(step, split);
      }
    },
  };
  return runtime;
}

/** Something to be called again until it answers `true`, before anything else comes from this entry. */
export function postpone(entry: Entry, resume: () => boolean): void {
  if (entry.unfinished === undefined) {
    entry.unfinished = [resume];
    entry.halt.n++;
  } else if (!entry.unfinished.includes(resume)) entry.unfinished.push(resume);
}
