/** Windows of so many records of a key, whatever their times. */
import type { Aggregate } from '../core/aggregate.js';
import type { Change } from '../core/change.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { Key, Time } from '../core/values.js';
import type { Emission, WindowResult, Windows } from '../core/window.js';
import { emptyStacks, foldOf, pushPart, shiftPart, type TwoStacks } from './two-stacks.js';

/** Options of {@link countWindow}. */
export interface CountWindowOptions {
  /** A window begins every so many records, and fires every so many with the last `n` (at first with fewer). Default: `n`, windows side by side. */
  readonly every?: number | undefined;
  /** What becomes of a window that is not full when the input ends: it is given (`'emit'`, the default) or not (`'drop'`). */
  readonly partial?: 'emit' | 'drop' | undefined;
}

/**
 * Windows of `n` records of a key, in order of arrival: nothing is late. A result carries the time of its latest record; its window reaches from the earliest time in it to just after the latest.
 *
 * @param n records in a window, at least 1.
 * @param options `every` for windows that overlap or leave gaps, `partial` for what is left at the end.
 * @returns windows for `stream.window(...)`; they fire when they are full, so a trigger is a configuration error.
 * @example
 * ```ts
 * import { Stream, countWindow, mean } from 'millrace';
 *
 * // The mean of the last three readings, after every reading.
 * const means = Stream.from([1, 2, 6, 10]).window(countWindow(3, { every: 1 })).aggregate(mean(reading => reading));
 * for await (const { value } of means) console.log(value); // 1, 1.5, 3, 6
 * ```
 */
export function countWindow(n: number, options: CountWindowOptions = {}): Windows {
  const { every = n, partial = 'emit' } = options;
  const problems: string[] = [];
  if (!Number.isSafeInteger(n) || n < 1) problems.push(`The number of records is ${String(n)}, which is not a whole number above 0.`);
  if (every !== n && (!Number.isSafeInteger(every) || every < 1)) problems.push(`every is ${String(every)}, which is not a whole number above 0.`);
  if (partial !== 'emit' && partial !== 'drop') problems.push(`partial is ${JSON.stringify(partial)}, which is neither 'emit' nor 'drop'.`);
  const shape = { n, every, partial };
  return {
    kind: 'stage',
    name: `countWindow(${n}${every === n ? '' : `, every ${every}`}${partial === 'emit' ? '' : ', drop'})`,
    stage: (aggregate, emission) => ({ version: 1, signature: emission.signature, open: context => openCount(shape, aggregate, emission, context) }) satisfies KeyedStage<unknown>,
    refuses: ({ trigger, kind }) => [
      ...(trigger === undefined ? [] : ['Windows of so many records fire when they are full; leave the trigger out.']),
      ...(kind === 'deltas' && every < n ? ['Windows that overlap have no parts that add up; ask for panes.'] : []),
    ],
    ...(problems.length > 0 ? { problems } : {}),
  };
}

/** Records between two places where a window may begin or end, folded. */
interface Part<Acc> {
  acc: Acc;
  n: number;
  earliest: Time;
  latest: Time;
}
interface State<Acc> {
  /** The part being filled. */
  part: Part<Acc>;
  /** Full parts of the window, their ends, and their fold. */
  stacks: TwoStacks<Acc>;
  spans: { readonly n: number; readonly earliest: Time; readonly latest: Time }[];
  /** Records so far, less those of windows that are over. */
  seen: number;
  /** Records since the last result. */
  fresh: number;
  index: number;
}

function openCount<In, Acc, Out>({ n, every, partial }: { readonly n: number; readonly every: number; readonly partial: 'emit' | 'drop' }, aggregate: Aggregate<In, Acc, Out>, emission: Emission, context: KeyedContext<unknown>): KeyedPort {
  const table = context.table<State<Acc>>('windows');
  const { below, failed, pace } = context;
  const careful = context.policy !== 'fail';
  /** Windows begin and end at multiples of this many records. */
  const step = divisor(n, every);
  let ending: Iterator<readonly [Key, unknown, State<Acc>]> | undefined;
  const fresh = (): Part<Acc> => ({ acc: aggregate.zero(), n: 0, earliest: Number.POSITIVE_INFINITY, latest: Number.NEGATIVE_INFINITY });

  const give = (key: Key, state: State<Acc>, withPart: boolean): void => {
    const spans = withPart ? [...state.spans, state.part] : state.spans;
    // Not by spreading them: a window may have more parts than a call takes arguments.
    let start = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const { earliest, latest } of spans) {
      if (earliest < start) start = earliest;
      if (latest > last) last = latest;
    }
    const window = { start, end: last + 1 };
    const time = emission.stamp === 'earliest' ? start : last;
    let value: Out;
    try {
      const acc = foldOf(state.stacks, aggregate);
      value = aggregate.result(withPart ? aggregate.merge(acc, state.part.acc) : acc);
    } catch (cause) {
      return failed({ input: { key, window }, cause, time, attempts: 1 });
    }
    state.fresh = 0;
    const index = emission.kind === 'panes' ? 0 : state.index++;
    if (emission.kind === 'updates') {
      const change: Change<Key, Out> = { key: emission.keyed ? [key, window.start, window.end] : [window.start, window.end], before: undefined, after: value };
      return below.data(change, time);
    }
    const result: WindowResult<Key | undefined, Out> = { key: emission.keyed ? key : undefined, window, value, pane: { index, timing: 'onTime' } };
    below.data(result, time);
  };

  return {
    data(_input, key, element, time) {
      const value = element as In; // the fluent face has checked that the types meet
      const known = table.edit(key);
      const state = known ?? { part: fresh(), stacks: emptyStacks(aggregate), spans: [], seen: 0, fresh: 0, index: 0 };
      const { part } = state;
      try {
        part.acc = aggregate.add(careful ? aggregate.merge(aggregate.zero(), part.acc) : part.acc, value, time);
      } catch (cause) {
        return failed({ input: value, cause, time, attempts: 1 });
      }
      part.n++;
      if (time < part.earliest) part.earliest = time;
      if (time > part.latest) part.latest = time;
      state.seen++;
      state.fresh++;
      if (known === undefined) table.set(key, state);
      if (part.n < step) return;
      pushPart(state.stacks, part.acc, aggregate);
      state.spans.push({ n: part.n, earliest: part.earliest, latest: part.latest });
      state.part = fresh();
      if (state.spans.length > n / step) {
        shiftPart(state.stacks, aggregate);
        state.spans.shift();
      }
      if (state.seen % every !== 0 && every <= n) return;
      // With gaps the window is the first `n` of every `every` records.
      if (every > n ? state.seen === n : true) give(key, state, false);
      if (every > n && state.seen < every) return;
      if (every >= n) table.delete(key);
      else if (state.seen >= every) state.seen = 0;
    },
    timer: () => {},
    watermark(time) {
      if (time !== Number.POSITIVE_INFINITY) return true;
      ending ??= table.scan()[Symbol.iterator]();
      while (pace.go()) {
        const next = ending.next();
        if (next.done === true) {
          context.drop('windows');
          return true;
        }
        const [key, , state] = next.value;
        // What is in no result yet.
        if (partial === 'emit' && state.fresh > 0 && (every <= n || state.seen < n)) {
          if (state.part.n > 0 && state.spans.length === n / step) {
            // The window slides over what is being filled.
            shiftPart(state.stacks, aggregate);
            state.spans.shift();
          }
          give(key, state, state.part.n > 0);
        }
      }
      return false;
    },
  };
}

const divisor = (a: number, b: number): number => (b === 0 || !Number.isSafeInteger(a) || !Number.isSafeInteger(b) ? Math.max(1, a) : divisor(b, a % b));
