/** A stream cut into windows, waiting to hear what to compute. */
import type { AggregateOf } from '../core/aggregate.js';
import type { Duration } from '../core/duration.js';
import { milliseconds } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import type { Joined, JoinType, LeftOf, RightOf } from '../core/join.js';
import type { Key } from '../core/values.js';
import type { StepInput } from '../plan/step.js';
import type { KeyedStream } from './keyed-stream.js';
import type { Emission, Late, Pane, Trigger, Window, Windows, WindowResult } from '../core/window.js';
import type { Change, TableLookup, WindowKey } from '../core/change.js';
import { collect } from '../aggregates/collect.js';
import { toAggregate } from '../aggregates/compose.js';
import { distinct } from '../aggregates/distinct.js';
import { top } from '../aggregates/top.js';
import { pairs, sides, type Sided, type Sides } from '../joins/sides.js';
import { orNone, wrongDuration, wrongFunction, wrongWord } from '../operators/make.js';
import { LATE } from '../windows/late.js';
import { scopedWindows, type WindowScope } from '../windows/scoped.js';
import { trigger as triggers } from '../windows/trigger.js';
import { inOne, inParts } from './in-parts.js';
import { branch, deadLetters, type Node } from './node.js';
import type { StepOptions } from './options.js';
import type { Output } from './output.js';
import { Stream } from './stream.js';
import { Table } from './table.js';

/** What a windowed stream does with records that come late. */
export interface WindowOptions<T> {
  /** How long after its end a window still takes records, each of which fires it again; default 0. */
  readonly lateness?: Duration | undefined;
  /** Whose clock closes windows: each key's or each split's own, instead of the watermark of the stream. */
  readonly scope?: WindowScope | undefined;
  /** Where records go that come later still. They are always counted. */
  readonly late?: ((late: Stream<Late<T>>) => Output) | undefined;
}

/** When a window gives panes, and at which event time. */
export interface PaneOptions {
  /** Default: when the watermark passes the end, and for each late record. */
  readonly trigger?: Trigger | undefined;
  /** Default: the last millisecond of the window. */
  readonly stamp?: 'end' | 'earliest' | 'latest' | undefined;
}

/** How often a windowed table is told. */
export interface TableUpdates {
  /** Identity of the step and of its state. */
  readonly name: string;
  readonly every?: Duration | { readonly records: number } | undefined;
  /** Instead of `every`. */
  readonly trigger?: Trigger | undefined;
}

/** A window that has fired, with its records. */
export interface WindowContents<out K, out T> {
  readonly key: K;
  readonly window: Window;
  readonly pane: Pane;
  readonly values: readonly T[];
}

/** A pair of a window join, or a record whose window has none of the other side. */
export interface WindowPair<out K, out L, out R> extends Joined<K, L, R> {
  readonly window: Window;
  readonly pane: Pane;
}

/** A window that has fired, with the records of both sides in order of arrival. */
export interface WindowGroup<out K, out T, out U> extends Sides<T, U> {
  readonly key: K;
  readonly window: Window;
  readonly pane: Pane;
}

/** The windows, by the clocks that were asked for. */
export const windowsOf = (windows: Windows, options: WindowOptions<never> | undefined): Windows => (options?.scope === undefined ? windows : scopedWindows(windows, options.scope));

/** Records per key and window. */
export class WindowedStream<out K, out T> {
  /** @internal */
  constructor(
    private readonly node: Node,
    private readonly keyed: boolean,
    private readonly windows: Windows,
    private readonly options: WindowOptions<never> | undefined,
  ) {}

  /**
   * Panes: by default one final result per key and window when the watermark passes its end, and again for each late record while lateness lasts; a trigger may fire more, each pane the whole window so far.
   *
   * @param aggregate one aggregate, or an object of them.
   * @param options `trigger` says when, `stamp` which event time a pane carries: `window.end - 1`, or that of the earliest or latest record that is new in it. Earlier stamps may be late for windows below.
   * `partial: n` shares the work of one hot key: its records are folded in n parts, which are merged. The results are the same, so it is refused where they could not be:
   * aggregates that are not commutative, windows that depend on all records of a key, triggers and stamps. With it, a `result` that throws is no record of a dead-letter branch but fails the job.
   * @returns results with key, window, value and pane, in order of window end.
   */
  aggregate<R>(aggregate: AggregateOf<T, R>, options?: StepOptions<T> & PaneOptions & { readonly partial?: number | undefined }): Stream<WindowResult<K, R>> {
    return this.step<R, WindowResult<K, R>>('aggregate', aggregate, { kind: 'panes', stamp: options?.stamp ?? 'end', trigger: options?.trigger }, options);
  }

  /** The same, each pane holding only what is new since the last: parts that add up. A pane without news is not given. */
  deltas<R>(aggregate: AggregateOf<T, R>, options: StepOptions<T> & PaneOptions): Stream<WindowResult<K, R>> {
    return this.step<R, WindowResult<K, R>>('deltas', aggregate, { kind: 'deltas', stamp: options.stamp ?? 'end', trigger: options.trigger }, options);
  }

  /**
   * Early and updated results as a table, so that a correction knows what it corrects; a session that became part of another is deleted.
   *
   * @param options `every`: how often a row is told: on each change (default), once every so many records, or so long (wall clock) after its first change that is not told yet; `trigger` says it in full.
   * A row is right when its window closes, however seldom it is told.
   * @returns rows by `[key, start, end]` (without keys: `[start, end]`).
   */
  table<R>(aggregate: AggregateOf<T, R>, options: StepOptions<T> & TableUpdates): Table<WindowKey<K>, R> {
    const lookup: TableLookup = {};
    const { every, trigger: given } = orNone<Partial<TableUpdates>>(options);
    const records = typeof every === 'object' ? every.records : undefined;
    const trigger = given ?? (every === undefined ? undefined : triggers.repeatedly(records === undefined ? triggers.delay(every as Duration) : triggers.count(records)));
    const changes = this.step<R, Change<WindowKey<K>, R>>('table', aggregate, { kind: 'updates', stamp: 'end', trigger, lookup }, options);
    return new Table(changes.node, lookup, { lateness: milliseconds(this.options?.lateness ?? 0) ?? 0 });
  }

  /** Your own function over all records of a window, when it fires; they are kept until then, in order of arrival (late records last). */
  process<O>(onWindow: (window: WindowContents<K, T>) => Iterable<O>, options?: StepOptions<T> & PaneOptions): Stream<O> {
    const panes = this.step<readonly T[], WindowResult<K, readonly T[]>>('process', collect<T>(), { kind: 'panes', stamp: options?.stamp ?? 'end', trigger: options?.trigger }, options);
    return panes.flatMap(({ key, window, value: values, pane }) => onWindow({ key, window, pane, values }), { name: options?.name === undefined ? undefined : `${options.name}-function` });
  }

  /** Every distinct value of each window once, in order; `of` says what is told apart. */
  distinct<const D extends Key>(of: (value: T) => D, options?: StepOptions<T> & PaneOptions): Stream<WindowResult<K, readonly D[]>> {
    return this.step<readonly D[], WindowResult<K, readonly D[]>>('distinct', distinct(of), { kind: 'panes', stamp: options?.stamp ?? 'end', trigger: options?.trigger }, options);
  }

  /** The `n` records with the largest numbers, largest first. */
  top(n: number, by: (value: T) => number, options?: StepOptions<T> & PaneOptions): Stream<WindowResult<K, readonly T[]>> {
    return this.step<readonly T[], WindowResult<K, readonly T[]>>('top', top(n, by), { kind: 'panes', stamp: options?.stamp ?? 'end', trigger: options?.trigger }, options);
  }

  /**
   * Pairs of records of one key and window. A window fires as for `aggregate`, each pane with all its pairs so far, so a late record brings the pairs of its window again, in the next pane.
   *
   * @param other the right side; cut into the same windows.
   * @param options `type`: with `left`, `right` or `full` a record whose window has none of the other side is given too.
   */
  join<U, J extends JoinType = 'inner'>(other: KeyedStream<K, U>, options: StepOptions<T | U> & PaneOptions & { readonly type?: J | undefined }): Stream<WindowPair<K, LeftOf<J, T>, RightOf<J, U>>> {
    const type: JoinType = options.type ?? 'inner';
    const wrong = wrongWord('type', options.type, ['inner', 'left', 'right', 'full']);
    const both = this.both('join', other, options, wrong);
    return both.flatMap(({ key, window, value, pane }) => pairsOf<K, T, U, J>(value, type, { key, window, pane }), { name: options.name === undefined ? undefined : `${options.name}-pairs` });
  }

  /** Your own function over the records of both sides of a window, when it fires. */
  coGroup<U, O>(other: KeyedStream<K, U>, group: (both: WindowGroup<K, T, U>) => Iterable<O>, options?: StepOptions<T | U> & PaneOptions): Stream<O> {
    const both = this.both('coGroup', other, options, wrongFunction('the group function', group));
    return both.flatMap(({ key, window, value: { left, right }, pane }) => group({ key, window, pane, left, right }), { name: options?.name === undefined ? undefined : `${options.name}-function` });
  }

  /** Windows with the records of two inputs. */
  private both<U>(operator: string, other: KeyedStream<K, U>, options: (StepOptions<T | U> & PaneOptions) | undefined, problems: readonly Problem[]): Stream<WindowResult<K, Sides<T, U>>> {
    const [left, right] = [this.node.input, other.node.input].map((input, side): StepInput => ({ ...input, unwrap: element => ({ side, value: input.unwrap === undefined ? element : input.unwrap(element) }) }));
    const given = this.options?.late as ((late: Stream<Late<unknown>>) => Output) | undefined; // stored as what takes anything
    // Late records of either side go to the one branch, as they came.
    const late = given === undefined ? undefined : (records: Stream<Late<Sided>>): Output => given(records.map(({ value: { value }, time, watermark }) => ({ value, time, watermark })));
    const of = new WindowedStream<K, Sided>({ input: left ?? this.node.input, branches: [...this.node.branches, ...other.node.branches] }, this.keyed, this.windows, { lateness: this.options?.lateness, late });
    return of.step<Sides<T, U>, WindowResult<K, Sides<T, U>>>(operator, sides<T, U>(), { kind: 'panes', stamp: options?.stamp ?? 'end', trigger: options?.trigger }, options as StepOptions<Sided> | undefined, { others: right === undefined ? [] : [right], problems });
  }

  /** The step of every method here: windows, one aggregate or an object of them, and when to say what. */
  private step<R, O>(operator: string, aggregate: AggregateOf<T, R>, emits: Pick<Emission, 'kind' | 'stamp' | 'trigger' | 'lookup'>, options: (StepOptions<T> & { readonly partial?: number | undefined }) | undefined, more?: { readonly others: readonly StepInput[]; readonly problems: readonly Problem[] }): Stream<O> {
    const lateness = milliseconds(this.options?.lateness ?? 0) ?? 0;
    const folded = toAggregate(aggregate);
    const emission: Emission = { ...emits, lateness, keyed: this.keyed, signature: { windows: this.windows.name, aggregate: folded.name, lateness, ...(emits.kind === 'panes' ? {} : { emits: emits.kind }), ...(emits.trigger === undefined ? {} : { trigger: emits.trigger.name }) } };
    const listed = (code: string, of: readonly string[] | undefined): readonly Problem[] => (of ?? []).map(what => ({ code, where: '', what, fix: '' }));
    const problems: Problem[] = [...wrongDuration('lateness', this.options?.lateness, true), ...listed('windows', this.windows.problems), ...listed('windows', this.windows.kind === 'stage' ? this.windows.refuses?.(emission) : undefined), ...listed('trigger', emits.trigger?.problems), ...listed('aggregate', folded.problems), ...(more?.problems ?? [])];
    const detail = `${this.windows.name}${lateness > 0 ? `, lateness ${String(this.options?.lateness)}` : ''}: ${folded.name}${emits.trigger === undefined ? '' : `, ${emits.trigger.name}`}`;
    const whole = { input: this.node.input, others: more?.others, windows: this.windows, aggregate: folded, emission, options, detail, problems };
    const [step, last] = options?.partial === undefined ? inOne(operator, whole) : inParts(whole, options.partial);
    const late = this.options?.late as ((late: Stream<Late<T>>) => Output) | undefined; // stored as what takes anything
    const stream = new Stream<O>({ input: { step: last ?? step }, branches: [...this.node.branches, ...deadLetters(step, options)] });
    return late === undefined ? stream : branch(stream, late(new Stream({ input: { step, output: LATE }, branches: [] })));
  }
}

const pairsOf = <K, T, U, J>(both: Sides<T, U>, type: JoinType, of: { readonly key: K; readonly window: Window; readonly pane: Pane }): readonly WindowPair<K, LeftOf<J, T>, RightOf<J, U>>[] =>
  Array.from(pairs(both, type), pair => ({ ...of, ...pair }) as WindowPair<K, LeftOf<J, T>, RightOf<J, U>>); // a side is absent only where the type of the join allows it
