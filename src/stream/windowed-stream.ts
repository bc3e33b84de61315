/** A stream cut into windows, waiting to hear what to compute. */
import type { AggregateOf } from '../core/aggregate.js';
import type { Duration } from '../core/duration.js';
import { milliseconds } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import type { Emission, Late, Windows, WindowResult } from '../core/window.js';
import { toAggregate } from '../aggregates/compose.js';
import { wrongDuration } from '../operators/make.js';
import { LATE } from '../windows/aligned.js';
import { inOne, inParts } from './in-parts.js';
import { branch, deadLetters, type Node } from './node.js';
import type { StepOptions } from './options.js';
import type { Output } from './output.js';
import { Stream } from './stream.js';

/** What a windowed stream does with records that come late. */
export interface WindowOptions<T> {
  /** How long after its end a window still takes records, each of which fires it again; default 0. */
  readonly lateness?: Duration | undefined;
  /** Where records go that come later still. They are always counted. */
  readonly late?: ((late: Stream<Late<T>>) => Output) | undefined;
}

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
   * One final result per key and window when the watermark passes its end, and again for each late record while lateness lasts.
   *
   * @param aggregate one aggregate, or an object of them.
   * @param options `partial: n` shares the work of one hot key: its records are folded in n parts, which are merged. The results are the same, so it is refused where they could not be:
   * aggregates that are not commutative, windows that depend on all records of a key. With it, a `result` that throws is no record of a dead-letter branch but fails the job.
   * @returns results with key, window, value and pane, at event time `window.end - 1`, in order of window end.
   */
  aggregate<R>(aggregate: AggregateOf<T, R>, options?: StepOptions<T> & { readonly partial?: number | undefined }): Stream<WindowResult<K, R>> {
    return this.step<R, WindowResult<K, R>>('aggregate', aggregate, { kind: 'panes', stamp: 'end' }, options);
  }

  /** The step of every method here: windows, one aggregate or an object of them, and when to say what. */
  private step<R, O>(operator: string, aggregate: AggregateOf<T, R>, emits: Pick<Emission, 'kind' | 'stamp' | 'trigger' | 'lookup'>, options: (StepOptions<T> & { readonly partial?: number | undefined }) | undefined): Stream<O> {
    const lateness = milliseconds(this.options?.lateness ?? 0) ?? 0;
    const folded = toAggregate(aggregate);
    const emission: Emission = { ...emits, lateness, keyed: this.keyed, signature: { windows: this.windows.name, aggregate: folded.name, lateness } };
    const problems: Problem[] = [...wrongDuration('lateness', this.options?.lateness, true), ...(this.windows.problems ?? []).map(what => ({ code: 'windows', where: '', what, fix: '' })), ...(folded.problems ?? []).map(what => ({ code: 'aggregate', where: '', what, fix: '' }))];
    const detail = `${this.windows.name}${lateness > 0 ? `, lateness ${String(this.options?.lateness)}` : ''}: ${folded.name}`;
    const whole = { input: this.node.input, windows: this.windows, aggregate: folded, emission, options, detail, problems };
    const [step, last] = options?.partial === undefined ? inOne(operator, whole) : inParts(whole, options.partial);
    const late = this.options?.late as ((late: Stream<Late<T>>) => Output) | undefined; // stored as what takes anything
    const stream = new Stream<O>({ input: { step: last ?? step }, branches: [...this.node.branches, ...deadLetters(step, options)] });
    return late === undefined ? stream : branch(stream, late(new Stream({ input: { step, output: LATE }, branches: [] })));
  }
}
