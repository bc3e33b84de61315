/** The interval join of the fluent face. */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import type { Joined, JoinType, LateSide, LeftOf, RightOf, Within } from '../core/join.js';
import { boundsOf } from '../joins/bounds.js';
import { intervalJoin } from '../joins/interval.js';
import { keyed } from '../operators/keyed.js';
import { missing, orNone, wrongDuration, wrongWord } from '../operators/make.js';
import { LATE } from '../windows/late.js';
import { branch, deadLetters, type Node } from './node.js';
import type { StepOptions } from './options.js';
import type { Output } from './output.js';
import { Stream } from './stream.js';

/** Which records meet, and what becomes of the others. */
export interface JoinOptions<T, U, J extends JoinType = 'inner'> {
  /** Identity of the step and of its state. */
  readonly name: string;
  readonly within: Within;
  /** Default `'inner'`. */
  readonly type?: J | undefined;
  /** How far behind the watermark a record may be and still be joined; default 0. What is kept, and what is given unmatched, waits longer by so much. */
  readonly lateness?: Duration | undefined;
  /** Where records go that come later still. They are always counted. */
  readonly late?: ((late: Stream<LateSide<T, U>>) => Output) | undefined;
}

export function joinedWithin<K, T, U, J extends JoinType>(left: Node, right: Node, given: StepOptions<T | U> & JoinOptions<T, U, J>): Stream<Joined<K, LeftOf<J, T>, RightOf<J, U>>> {
  const options = orNone<Partial<StepOptions<T | U> & JoinOptions<T, U, J>>>(given);
  const { bounds, problems } = boundsOf(options.within);
  const type: JoinType = options.type ?? 'inner';
  const lateness = milliseconds(options.lateness ?? 0) ?? 0;
  const wrong: Problem[] = [
    ...missing('within', options.within),
    ...(options.within === undefined ? [] : problems.map(what => ({ code: 'option', where: '', what, fix: 'Give one duration, or [lower, upper].' }))),
    ...wrongWord('type', options.type, ['inner', 'left', 'right', 'full']),
    ...wrongDuration('lateness', options.lateness, true),
  ];
  const stage = intervalJoin({ bounds, type, lateness, signature: { join: 'interval', type, lower: String(bounds.lower), upper: String(bounds.upper), lateness } });
  const step = keyed([left.input, right.input], 'join', stage, options, { eventTime: true, detail: `${type}, right.time - left.time from ${bounds.lower} to ${bounds.upper} ms`, problems: wrong });
  const stream = new Stream<Joined<K, LeftOf<J, T>, RightOf<J, U>>>({ input: { step }, branches: [...left.branches, ...right.branches, ...deadLetters(step, options)] });
  return options.late === undefined ? stream : branch(stream, options.late(new Stream({ input: { step, output: LATE }, branches: [] })));
}
