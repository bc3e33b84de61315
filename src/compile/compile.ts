/**
 * From plan to ports: downstream first, one case per kind of step. Steps above event time are compiled once per split, when the runner opens it;
 * everything else once.
 */
import { ConfigurationError, StepError } from '../core/errors.js';
import type { Port } from '../core/port.js';
import type { SinkWriter } from '../core/sink.js';
import type { AsyncPort, Failure } from '../core/stage.js';
import type { Manifest, StateStore } from '../core/state.js';
import type { Time } from '../core/values.js';
import type { Edge } from '../plan/plan.js';
import type { SinkStep, SourceStep, Step } from '../plan/step.js';
import { failureHandler, stageContext, type Wiring } from './context.js';
import { counted, fanOut, freezing, nowhere, withSides } from './fan.js';
import { openInlet } from './inlet.js';
import { openKeyed } from './keyed.js';
import { openMerge } from './merge.js';
import { clockOf, isDerived, type SplitClock } from './meter.js';
import type { Runtime } from './runtime.js';
import { openSink, type OpenSink } from './sink.js';
import { openMeeting, type Meeting } from './splits.js';

/** Records an asynchronous step may have finished and not yet handed on. */
const INLET_BOUND = 1_024;

/** The compiled top of one split. */
export interface Root {
  readonly port: Port<unknown>;
  /** Applies the source's error policy. */
  failed(failure: Failure): void;
}

export interface Compiled {
  readonly sinks: readonly OpenSink[];
  /** Compiles what is per split, and gives its top. */
  root(source: SourceStep, split: string, ended: boolean): Root;
  /** A split was taken away; resumable. */
  leave(source: SourceStep, split: string): boolean;
  /** A source will have no further splits; resumable. */
  close(source: SourceStep): boolean;
  /** Records inside asynchronous steps, of one split if given. */
  pending(split?: string): number;
  /** Asynchronous steps hand on what they hold back for company. */
  flush(): void;
}

/** What the runner brings. */
export interface CompileOptions {
  readonly runtime: Runtime;
  readonly store: StateStore;
  /** What the job goes on from. */
  readonly restored: Manifest | undefined;
  readonly writers: ReadonlyMap<SinkStep, SinkWriter<unknown>>;
  /** Wake the runner when the wall clock reaches `at`. */
  alarm(at: Time): void;
  /** A sink has something to write. */
  unwritten(): void;
}

/** A port that keeps a clock: how far event time has come here. */
const timed = (port: Port<unknown>, clock: SplitClock): Port<unknown> => ({
  ...port,
  watermark(time) {
    clock.watermark = time;
    clock.idle = false;
    return port.watermark(time);
  },
  idle() {
    clock.idle = true;
    port.idle();
  },
});

export function compile(options: CompileOptions): Compiled {
  const { runtime, store } = options;
  const { plan } = runtime;
  const versions = new Map(options.restored?.plan.map(p => [p.step, p.version]));
  const shared = new Map<Step, readonly Port<unknown>[]>();
  const meetings = new Map<Edge, Meeting>();
  const sinks: OpenSink[] = [];
  const waiting = new Map<AsyncPort<unknown>, string | undefined>();

  const join = (ports: readonly Port<unknown>[]): Port<unknown> => (runtime.environment.freeze === true && ports.length > 1 ? freezing(fanOut(ports)) : fanOut(ports));
  /** The output of a step: its main readers and its side outputs by name. `portOf` finds the port at the other end of an edge. */
  const output = (step: Step, portOf: (edge: Edge) => Port<unknown>): { below: Port<unknown>; sides: ReadonlyMap<string, Port<unknown>> } => {
    const main = plan.below(step, undefined).map(portOf);
    const sides = new Map<string, Port<unknown>>();
    for (const name of new Set(plan.edgesFrom(step).map(e => e.output))) if (name !== undefined) sides.set(name, join(plan.below(step, name).map(portOf)));
    const below = withSides(main.length === 0 && step.kind !== 'source' && step.kind !== 'transform' ? counted(nowhere, runtime.meter(step).out) : join(main), [...sides.values()]);
    return { below, sides };
  };

  /** The ports of a step's inputs, for one split or for all. */
  const openUnguarded = (step: Exclude<Step, SourceStep>, split: string | undefined, portOf: (edge: Edge) => Port<unknown>): readonly Port<unknown>[] => {
    const { below, sides } = output(step, portOf);
    const wiring: Wiring = { runtime, step, split, sides };
    const meter = runtime.meter(step);
    const watched = (port: Port<unknown>): Port<unknown> => timed(port, clockOf(meter, split));
    switch (step.kind) {
      case 'transform': {
        const port = step.timestamps === true ? step.stage(watched(below), stageContext(wiring)) : watched(step.stage(below, stageContext(wiring)));
        return [isDerived(step.input) ? port : counted(port, meter.in[0] ?? { value: 0 })];
      }
      case 'async': {
        const context = { ...stageContext(wiring), gate: runtime.gate(step, split) };
        const { inlet } = openInlet({ runtime, step, split, below: watched(below), bound: INLET_BOUND, failed: context.failed });
        const port = step.stage(inlet, context);
        waiting.set(port, split);
        meter.queues.push({ depth: port.pending, bound: Number.POSITIVE_INFINITY });
        return [counted(port, meter.in[0] ?? { value: 0 })];
      }
      case 'keyed':
        return openKeyed(step, below, wiring, store, options.alarm, versions);
      case 'merge':
        return openMerge(step, below, wiring);
      case 'sink': {
        const writer = options.writers.get(step);
        if (writer === undefined) throw new Error(`No writer for ${plan.idOf(step)}`);
        const sink = openSink(step, writer, wiring, options.unwritten);
        sinks.push(sink);
        return [sink.port];
      }
      default:
        return step satisfies never;
    }
  };

  /** Opening a step may run code of the user's (a chain of RxJS operators, a generator, an aggregate's zero). */
  const open: typeof openUnguarded = (step, split, portOf) => {
    try {
      return openUnguarded(step, split, portOf);
    } catch (cause) {
      throw cause instanceof StepError || cause instanceof ConfigurationError ? cause : new StepError(plan.idOf(step), cause);
    }
  };

  const sharedPort = (edge: Edge): Port<unknown> => shared.get(edge.to)?.[edge.index] ?? nowhere;
  for (const step of [...plan.steps].reverse()) {
    if (step.kind !== 'source' && !plan.perSplit.has(step)) shared.set(step, open(step, undefined, sharedPort));
  }
  for (const step of plan.steps) {
    if (step.kind !== 'source' && !plan.perSplit.has(step)) continue;
    for (const edge of plan.edgesFrom(step)) if (!plan.perSplit.has(edge.to)) meetings.set(edge, openMeeting(edge, sharedPort(edge), runtime));
  }
  const meetingsOf = (source: SourceStep): readonly Meeting[] => [...meetings].filter(([edge]) => plan.sourcesOf(edge.from).has(source)).map(([, meeting]) => meeting);

  return {
    sinks,
    root(source, split, ended) {
      const own = new Map<Step, readonly Port<unknown>[]>();
      const met = new Map<Edge, Port<unknown>>();
      const portOf = (edge: Edge): Port<unknown> => {
        if (plan.perSplit.has(edge.to)) return own.get(edge.to)?.[edge.index] ?? nowhere;
        let port = met.get(edge);
        if (port === undefined) met.set(edge, (port = meetings.get(edge)?.port(split, ended) ?? nowhere));
        return port;
      };
      if (!ended) {
        for (const step of [...plan.steps].reverse()) {
          if (step.kind !== 'source' && plan.perSplit.has(step) && plan.sourcesOf(step).has(source)) own.set(step, open(step, split, portOf));
        }
      } else for (const [edge] of meetings) if (plan.sourcesOf(edge.from).has(source)) portOf(edge);
      const { below, sides } = output(source, portOf);
      const clock = clockOf(runtime.meter(source), split);
      if (ended) clock.watermark = Number.POSITIVE_INFINITY;
      return { port: timed(below, clock), failed: failureHandler({ runtime, step: source, split, sides }) };
    },
    leave(source, split) {
      for (const [port, of] of waiting) if (of === split) waiting.delete(port);
      return meetingsOf(source).reduce((done, meeting) => meeting.leave(split) && done, true);
    },
    close: source => meetingsOf(source).reduce((done, meeting) => meeting.close() && done, true),
    pending(split) {
      let sum = 0;
      for (const [port, of] of waiting) if (split === undefined || of === split) sum += port.pending();
      return sum;
    },
    flush: () => waiting.forEach((_, port) => port.flush?.()),
  };
}
