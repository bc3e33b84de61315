/** A stream cut into windows, waiting to hear what to compute. */
import type { AggregateOf } from '../core/aggregate.js';
import type { Duration } from '../core/duration.js';
import { milliseconds } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import type { KeyedStage } from '../core/keyed.js';
import type { Late, Windows, WindowResult } from '../core/window.js';
import { toAggregate } from '../aggregates/compose.js';
import { keyed } from '../operators/keyed.js';
import { wrongDuration } from '../operators/make.js';
import { alignedStage, LATE } from '../windows/aligned.js';
import { onTime } from '../windows/on-time.js';
import { branch, grown, type Node } from './node.js';
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
   * @returns results with key, window, value and pane, at event time `window.end - 1`, in order of window end.
   */
  aggregate<R>(aggregate: AggregateOf<T, R>, options?: StepOptions<T>): Stream<WindowResult<K, R>> {
    const lateness = milliseconds(this.options?.lateness ?? 0) ?? 0;
    const folded = toAggregate(aggregate);
    const emission = { kind: 'panes', lateness, trigger: onTime, stamp: 'end' } as const;
    const signature = { windows: this.windows.name, aggregate: folded.name, lateness };
    const problems: Problem[] = [...wrongDuration('lateness', this.options?.lateness, true), ...(this.windows.problems ?? []).map(what => ({ code: 'windows', where: '', what, fix: '' }))];
    let stage: KeyedStage<unknown>;
    if (this.windows.kind === 'aligned') stage = alignedStage(this.windows, folded, emission, { keyed: this.keyed, signature });
    else if (this.windows.kind === 'stage') stage = this.windows.stage(folded, emission);
    else {
      problems.push({ code: 'windows', where: '', what: `windows of kind "merging" (${this.windows.name}) cannot be aggregated by this version.`, fix: 'Use aligned windows, or windows with a stage of their own.' });
      stage = { version: 0, signature, open: () => ({ data: () => {}, timer: () => {} }) };
    }
    const step = keyed([this.node.input], 'aggregate', stage, options, { eventTime: true, detail: `${this.windows.name}${lateness > 0 ? `, lateness ${String(this.options?.lateness)}` : ''}: ${folded.name}`, problems });
    const late = this.options?.late as ((late: Stream<Late<T>>) => Output) | undefined; // stored as what takes anything
    const stream = grown<WindowResult<K, R>, T>(this.node, step, options);
    return late === undefined ? stream : branch(stream, late(new Stream({ input: { step, output: LATE }, branches: [] })));
  }
}
