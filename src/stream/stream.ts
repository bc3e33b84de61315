/** The fluent face: one line per method, no logic. */
import type { Readable } from 'node:stream';
import type { Observable, OperatorFunction } from 'rxjs';
import type { Duration } from '../core/duration.js';
import type { IdleRules } from '../core/idle.js';
import type { Retry } from '../core/retry.js';
import type { SchemaOutput, StandardSchema } from '../core/schema.js';
import type { Sink } from '../core/sink.js';
import type { WatermarkGenerator } from '../core/stage.js';
import type { Key, Time } from '../core/values.js';
import type { Late, Windows } from '../core/window.js';
import { describePlan, type DescribeFormat } from '../inspect/describe.js';
import { concat } from '../operators/concat.js';
import { enrich, type EnrichOptions } from '../operators/enrich.js';
import { filter } from '../operators/filter.js';
import { flatMap } from '../operators/flat-map.js';
import { mapAsync, type MapAsyncOptions } from '../operators/map-async.js';
import { mapBatch, type MapBatchOptions } from '../operators/map-batch.js';
import { missing, orNone, wrongCount, wrongDuration, wrongFunction, wrongWord } from '../operators/make.js';
import { map } from '../operators/map.js';
import { merge } from '../operators/merge.js';
import { parse } from '../operators/parse.js';
import { pipe } from '../operators/pipe.js';
import { rateLimit, type RateLimitOptions } from '../operators/rate-limit.js';
import { sort, UNSORTED, type SortSettings } from '../operators/sort.js';
import { source } from '../operators/source.js';
import { OTHERS, split } from '../operators/split.js';
import { tap } from '../operators/tap.js';
import { timestamps } from '../operators/timestamps.js';
import { to } from '../operators/to.js';
import { planOf, type Plan } from '../plan/plan.js';
import { asyncIteratorOf } from '../runners/async-iterator.js';
import { toArray } from '../runners/collect.js';
import { generatedSource, intervalSource } from '../runners/generated-source.js';
import { observableOf } from '../runners/observable.js';
import type { RunOptions } from '../runners/options.js';
import { readableOf } from '../runners/readable.js';
import type { Broadcast } from './connected-stream.js';
import { sourceOf, type FromOptions, type StreamInput } from './from.js';
import { KeyedStream } from './keyed-stream.js';
import { branch, deadLetters, grown, type Node } from './node.js';
import type { StepOptions } from './options.js';
import { outputOf, type Output } from './output.js';
import type { Table } from './table.js';
import { tableOf, type TableOptions } from './to-table.js';
import { watermarkOf } from './watermark.js';
import { WindowedStream, windowsOf, type WindowOptions } from './windowed-stream.js';

/** How `timestamps` gives event time. */
export interface TimestampsOptions<T> extends IdleRules {
  /** How far behind the largest time seen a record may still come without being late. Without it times are taken as ascending. */
  readonly disorder?: Duration | undefined;
  /** A split whose reads came back empty for so long does not hold the watermark back. Default: never. */
  readonly idle?: Duration | undefined;
  /** A split whose watermark is further ahead than this of the slowest one's is not read until that has come after. Default: no bound. */
  readonly maxDrift?: Duration | undefined;
  /** Splits wait for those of every `timestamps` with the same word; without it for those of this step alone. */
  readonly alignWith?: string | undefined;
  /** A split whose reads came back empty for so long: its watermark goes on with the wall clock until its next record, so that silence closes windows. Default: never. */
  readonly progress?: Duration | undefined;
  /** A time further ahead of the clock is an error of its record; default 365 days. */
  readonly maxFuture?: Duration | undefined;
  /** A generator of your own instead of `disorder`: made once per split. */
  readonly watermark?: (() => WatermarkGenerator<T>) | undefined;
}

/** How `sort` waits, and what becomes of records for which it is too late. */
export interface SortOptions<in T> extends SortSettings {
  /** Where records go that come when newer ones have been handed on. They are always counted. */
  readonly late?: ((late: Stream<Late<T>>) => Output) | undefined;
}

/**
 * A typed stream: an immutable description of where records come from and what is done to them. Nothing runs until a sink, a loop or a subscription asks for it,
 * and each of those is a run of its own.
 *
 * @example
 * ```ts
 * import { Stream, count, tumbling } from 'millrace';
 *
 * const clicks = [{ url: '/', at: 1_000 }, { url: '/docs', at: 2_000 }, { url: '/', at: 61_000 }];
 * const perMinute = await Stream.from(clicks)
 *   .timestamps(click => click.at)
 *   .keyBy(click => click.url)
 *   .window(tumbling('1m'))
 *   .aggregate(count())
 *   .collect();
 * ```
 */
export class Stream<out T> implements AsyncIterable<T> {
  /** @internal */
  constructor(readonly node: Node) {}

  /** A stream of anything that gives records. */
  static from<T>(input: StreamInput<T>, options?: FromOptions & StepOptions<unknown>): Stream<T> {
    return begin(source(sourceOf(input, options), 'from', options, [...wrongCount('buffer', options?.buffer), ...wrongWord('whenFull', options?.whenFull, ['fail', 'dropOldest', 'dropNewest'])]), options);
  }
  /** `make(0)`, `make(1)`, ... up to `count`. */
  static generate<T>(make: (index: number) => T, options: StepOptions<unknown> & { readonly count: number }): Stream<T> {
    return begin(source(generatedSource(options.name ?? 'generate', make, options.count), 'generate', options, [...wrongFunction('the generator', make), ...(options.count === Number.POSITIVE_INFINITY ? [] : [...missing('count', options.count), ...wrongCount('count', options.count)])]), options);
  }
  /** One record every so often: the index, or what `make` gives. A slow job misses ticks instead of queueing them. */
  static interval<T = number>(every: Duration, options?: StepOptions<unknown> & { readonly make?: (index: number, now: Time) => T }): Stream<T> {
    return begin(source(intervalSource<T>(options?.name ?? 'interval', every, options?.make ?? ((index: number) => index as T)), 'interval', options, [...missing('every', every), ...wrongDuration('every', every)]), options); // T is number by default
  }

  /** One record in, one out. */
  map<O>(f: (value: T) => O, options?: StepOptions<T>): Stream<O> {
    return grown(this.node, map(this.node.input, f, options), options);
  }
  /** Keeps what `f` accepts. */
  filter<S extends T>(f: (value: T) => value is S, options?: StepOptions<T>): Stream<S>;
  filter(f: (value: T) => boolean, options?: StepOptions<T>): Stream<T>;
  filter(f: (value: T) => boolean, options?: StepOptions<T>): Stream<T> {
    return grown(this.node, filter(this.node.input, f, options), options);
  }
  /** One record in, any number out. */
  flatMap<O>(f: (value: T) => Iterable<O>, options?: StepOptions<T>): Stream<O> {
    return grown(this.node, flatMap(this.node.input, f, options), options);
  }
  /** Looks at each record. */
  tap(f: (value: T, time: Time) => void, options?: StepOptions<T>): Stream<T> {
    return grown(this.node, tap(this.node.input, f, options), options);
  }
  /** Validates and transforms with zod or any other Standard Schema. `async` for schemas with asynchronous checks. */
  parse<S extends StandardSchema>(schema: S, options?: StepOptions<T> & { readonly async?: boolean | undefined }): Stream<SchemaOutput<S>> {
    return grown(this.node, parse(this.node.input, schema, options?.async === true, options), options);
  }
  /** One asynchronous call per record. */
  mapAsync<O>(f: (value: T, signal: AbortSignal) => Promise<O>, options: StepOptions<T> & MapAsyncOptions): Stream<O> {
    return grown(this.node, mapAsync(this.node.input, f, options, options), options);
  }
  /** One asynchronous call for many records; `f` gives one result per record, in order. */
  mapBatch<O>(f: (values: readonly T[], signal: AbortSignal) => Promise<readonly O[]>, options: StepOptions<T> & MapBatchOptions): Stream<O> {
    return grown(this.node, mapBatch(this.node.input, f, options, options), options);
  }
  /** Looks something up for each record, cached, with one call in flight per key. */
  enrich<K extends Key, V, O = { readonly value: T; readonly found: V | undefined }>(load: (key: K, signal: AbortSignal) => Promise<V | undefined> | V | undefined, options: StepOptions<T> & EnrichOptions<T, K, V, O>): Stream<O> {
    return grown(this.node, enrich(this.node.input, load, options, options), options);
  }
  /** At most so many records per span of time; what comes faster waits. */
  rateLimit(options: StepOptions<T> & RateLimitOptions): Stream<T> {
    return grown(this.node, rateLimit(this.node.input, options, options), options);
  }
  /** What `f` accepts, and the rest. */
  split<S extends T>(f: (value: T) => value is S, options?: StepOptions<T>): readonly [Stream<S>, Stream<Exclude<T, S>>];
  split(f: (value: T) => boolean, options?: StepOptions<T>): readonly [Stream<T>, Stream<T>];
  split(f: (value: T) => boolean, options?: StepOptions<T>): readonly [Stream<T>, Stream<T>] {
    const main = grown<T, T>(this.node, split(this.node.input, f, options), options);
    return [main, new Stream({ input: { ...main.node.input, output: OTHERS }, branches: main.node.branches })];
  }
  /** Both streams as one; its watermark is the lower of theirs. */
  merge<U>(other: Stream<U>, options?: { readonly name?: string | undefined } & IdleRules): Stream<T | U> {
    return grown(joined(this.node, other.node), merge([this.node.input, other.node.input], options?.name, options));
  }
  /** The other stream after this one has ended, on one event-time clock: history, then live. */
  concat<U>(other: Stream<U>, options?: { readonly name?: string | undefined }): Stream<T | U> {
    return grown(joined(this.node, other.node), concat([this.node.input, other.node.input], options?.name));
  }
  /** Gives records their event time. */
  timestamps(of: (value: T) => Time | Date, options?: StepOptions<T> & TimestampsOptions<T>): Stream<T> {
    return grown(this.node, timestamps(this.node.input, of, watermarkOf(options), options), options);
  }
  /** Gives records a key; `keyBy` itself makes no step. */
  keyBy<const K extends Key>(key: (value: T) => K): KeyedStream<K, T> {
    return new KeyedStream({ ...this.node, input: { ...this.node.input, keyOf: key as (element: unknown) => Key } }); // what flows here is T
  }
  /** One window for all, without keys. */
  window(windows: Windows, options?: WindowOptions<T>): WindowedStream<undefined, T> {
    return new WindowedStream({ ...this.node, input: { ...this.node.input, keyOf: () => 0 } }, false, windowsOf(windows, options), options);
  }
  /** Records in order of their event time: each waits until the watermark has passed it, or until one newer by `within` has come. */
  sort(options: StepOptions<T> & SortOptions<T>): Stream<T> {
    const sorted = grown<T, T>(this.node, sort(this.node.input, orNone(options), options), options);
    return options?.late === undefined ? sorted : branch(sorted, options.late(new Stream<Late<T>>({ input: { ...sorted.node.input, output: UNSORTED }, branches: [] })));
  }
  /**
   * A table: the latest record of each key is its row.
   *
   * @param options `key` and `name`; `deleted`: which records delete their row; `versions`: how far back lookups may ask; `outOfOrder`: what becomes of a record older than its row; `bootstrap`: read it before the streams that look it up.
   */
  table<const K extends Key>(options: StepOptions<T> & TableOptions<T, K>): Table<K, T> {
    return tableOf(this.node, options);
  }
  /** For `keyed.connect(...)`: every key sees every record of this stream. */
  broadcast(): Broadcast<T> {
    return { broadcast: this };
  }
  /** An operator of your own: a function from stream to stream. */
  via<R>(operator: (stream: Stream<T>) => R): R {
    return operator(this);
  }
  /** RxJS operators, as everywhere in RxJS. Below them there is no event time until the next `timestamps`. */
  pipe<A>(a: OperatorFunction<T, A>): Stream<A>;
  pipe<A, B>(a: OperatorFunction<T, A>, b: OperatorFunction<A, B>): Stream<B>;
  pipe<A, B, C>(a: OperatorFunction<T, A>, b: OperatorFunction<A, B>, c: OperatorFunction<B, C>): Stream<C>;
  pipe<A, B, C, D>(a: OperatorFunction<T, A>, b: OperatorFunction<A, B>, c: OperatorFunction<B, C>, d: OperatorFunction<C, D>): Stream<D>;
  pipe<A, B, C, D, E>(a: OperatorFunction<T, A>, b: OperatorFunction<A, B>, c: OperatorFunction<B, C>, d: OperatorFunction<C, D>, e: OperatorFunction<D, E>): Stream<E>;
  pipe(...operators: readonly OperatorFunction<never, unknown>[]): Stream<unknown> {
    return grown(this.node, pipe<unknown, unknown>(this.node.input, chain => operators.reduce((at, operator) => operator(at as Observable<never>), chain)));
  }
  /** Ends the stream in a sink. */
  to(sink: Sink<T>, options?: StepOptions<T> & { readonly retry?: Retry | undefined }): Output {
    const step = to(this.node.input, sink, options);
    return outputOf([step, ...this.node.branches, ...deadLetters(step, options)]);
  }

  /** Runs the stream and gives all its records; for streams that end and fit in memory. */
  async collect(options?: RunOptions): Promise<T[]> {
    const values: T[] = [];
    const job = await this.to(toArray(values)).run(options);
    await job.done;
    return values;
  }
  /** As an Observable: every subscription is a run of its own, started at once and stopped by unsubscribing. */
  toObservable(options?: RunOptions): Observable<T> {
    return observableOf<T>(sink => into(this.node, sink), options);
  }
  /** As a Node Readable in object mode. */
  toReadable(options?: RunOptions): Readable {
    return readableOf<T>(() => asyncIteratorOf<T>(sink => into(this.node, sink), options));
  }
  /** RxJS asks for this: `rxjs.from(stream)` takes a stream as the async iterable it is. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return asyncIteratorOf<T>(sink => into(this.node, sink));
  }
  /** The plan up to here. */
  describe(format: DescribeFormat = 'text'): string {
    return describePlan(into(this.node, toArray<T>([])), format);
  }
}

const begin = <T>(step: ReturnType<typeof source>, options: StepOptions<unknown> | undefined): Stream<T> => grown<T, unknown>({ branches: [] }, step, options);
/** The plan of a stream that ends in `sink`. */
const into = <T>(node: Node, sink: Sink<T>): Plan => planOf([to(node.input, sink), ...node.branches]);
const joined = (a: Node, b: Node): Node => ({ input: a.input, branches: [...a.branches, ...b.branches] });
