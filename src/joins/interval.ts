/**
 * Interval join: pairs of one key whose times are near each other. Each side waits in pieces of time for as long as a record of the other side may come that it matches. Of an outer side a heap says
 * which record without a match has waited long enough next. It is given then, once, and never before: the watermark has proved that no match can come, so it is never followed by one.
 */
import { pop, push, type Place } from '../core/heap.js';
import type { Joined, JoinType, LateSide } from '../core/join.js';
import { keyText } from '../core/key.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { Json, Key, Time } from '../core/values.js';
import { LATE } from '../windows/late.js';
import type { Bounds } from './bounds.js';
import { firstAt, openPieces, type Pieces } from './pieces.js';

export interface IntervalJoin {
  readonly bounds: Bounds;
  readonly type: JoinType;
  /** How far behind the watermark a record may be and still be joined, in milliseconds. */
  readonly lateness: number;
  readonly signature: Json;
}

/** A record that was in no match when it came. */
interface Alone extends Place {
  readonly key: Key;
}
interface Side {
  readonly name: 'left' | 'right';
  readonly pieces: Pieces;
  /** Its records match those of the other side from `time + from` to `time + to`. */
  readonly from: number;
  readonly to: number;
  /** A record has waited long enough when the watermark reaches `time + wait`, one past the last time it could match. */
  readonly wait: number;
  /** Whether its unmatched records are given. */
  readonly outer: boolean;
  readonly alone: Alone[];
}
interface Shape extends Bounds {
  readonly leftOuter: boolean;
  readonly rightOuter: boolean;
  readonly lateness: number;
}

/** Beside a side that is kept for ever, what the other matches has no bound to cut time by. */
const PIECE_BESIDE_FOREVER = 3_600_000;

/** As wide as what a record matches, which then lies in three pieces at most, and no record is kept for longer than that beyond its use. */
function widthOf(to: number, span: number): number {
  if (to === Number.POSITIVE_INFINITY) return to;
  return span === Number.POSITIVE_INFINITY ? PIECE_BESIDE_FOREVER : Math.max(1, span);
}

/** Inputs: 0 is the left, 1 the right. */
export function intervalJoin({ bounds, type, lateness, signature }: IntervalJoin): KeyedStage<Joined<Key, unknown, unknown>> {
  const { lower, upper } = bounds;
  const leftOuter = type === 'left' || type === 'full';
  const rightOuter = type === 'right' || type === 'full';
  // What is given late carries a time so far behind the watermark.
  const delay = Math.max(0, leftOuter ? Math.max(0, upper) + lateness : 0, rightOuter ? Math.max(0, -lower) + lateness : 0, lateness);
  return { version: 1, signature, delay, open: context => openJoin({ lower, upper, leftOuter, rightOuter, lateness }, context) };
}

function openJoin({ lower, upper, leftOuter, rightOuter, lateness }: Shape, context: KeyedContext<Joined<Key, unknown, unknown>>): KeyedPort {
  const { below, pace } = context;
  const late = context.side(LATE);
  const lateCount = context.counter('late');
  const side = (name: Side['name'], from: number, to: number, outer: boolean): Side => ({ name, pieces: openPieces(context, name, widthOf(to, upper - lower)), from, to, wait: to + lateness + 1, outer, alone: [] });
  const left = side('left', lower, upper, leftOuter);
  const right = side('right', 0 - upper, 0 - lower, rightOuter);
  let now = context.watermark();
  let sequence = 0;
  for (const { pieces, outer, alone } of [left, right]) if (outer) for (const [key, { time, matched }] of pieces.rows()) if (!matched) push(alone, { time, sequence: sequence++, key });
  /** Nothing happens before the watermark reaches this. */
  let next = Number.NEGATIVE_INFINITY;

  const give = (of: Side, key: Key, value: unknown, time: Time): void => below.data(of === left ? { key, left: value, right: undefined } : { key, left: undefined, right: value }, time);
  /** The earliest record that has waited long enough: whose side it is of. */
  const dueAt = (time: Time): Side | undefined => {
    const [l, r] = [left.alone[0], right.alone[0]];
    const leftDue = l !== undefined && l.time + left.wait <= time;
    if (r === undefined || r.time + right.wait > time) return leftDue ? left : undefined;
    return leftDue && (l.time < r.time || (l.time === r.time && l.sequence < r.sequence)) ? left : right;
  };
  const nextOf = ({ pieces, alone, wait }: Side): Time => Math.min((alone[0]?.time ?? Number.POSITIVE_INFINITY) + wait, (pieces.list[0]?.end ?? Number.POSITIVE_INFINITY) + wait - 1);

  return {
    data(input, key, value, time) {
      const fromLeft = input === 0;
      const mine = fromLeft ? left : right;
      if (time + lateness < now) {
        lateCount.value++;
        const record: LateSide<unknown, unknown> = { side: mine.name, value, time, watermark: now };
        return late.data(record, time);
      }
      const { pieces } = fromLeft ? right : left;
      const first = time + mine.from;
      const last = time + mine.to;
      let matched = false;
      for (let i = pieces.from(first); i < pieces.list.length; i++) {
        const piece = pieces.list[i];
        if (piece === undefined || piece.start > last) break;
        const rows = piece.table.edit(key);
        if (rows === undefined) continue;
        for (let at = piece.start >= first ? 0 : firstAt(rows, first); at < rows.length; at++) {
          const row = rows[at];
          if (row === undefined || row.time > last) break;
          matched = true;
          row.matched = true;
          below.data(fromLeft ? { key, left: value, right: row.value } : { key, left: row.value, right: value }, row.time > time ? row.time : time);
        }
      }
      const due = time + mine.wait;
      if (due <= now) {
        // What it could match is past.
        if (mine.outer && !matched) give(mine, key, value, time);
        return;
      }
      const piece = mine.pieces.add(key, { time, value, matched });
      if (mine.outer && !matched) {
        push(mine.alone, { time, sequence: sequence++, key });
        if (due < next) next = due;
      }
      if (piece.end + mine.wait - 1 < next) next = piece.end + mine.wait - 1;
    },
    timer: () => {},
    watermark(time) {
      if (time >= next) {
        for (let of = dueAt(time); of !== undefined; of = dueAt(time)) {
          if (!pace.go()) return false;
          const place = pop(of.alone);
          const row = place === undefined ? undefined : of.pieces.unmatched(place.key, place.time);
          if (place === undefined || row === undefined) continue;
          // Given once, also when a restart falls into this pass.
          row.matched = true;
          give(of, place.key, row.value, place.time);
        }
        for (const { pieces, wait } of [left, right]) pieces.dropBefore(time - wait + 1);
        next = Math.min(nextOf(left), nextOf(right));
      }
      now = time;
      return true;
    },
    why(key) {
      const text = key === undefined ? undefined : keyText(key);
      const mine = (of: Key): boolean => text === undefined || keyText(of) === text;
      const kept = ({ pieces }: Side): readonly Time[] => [...pieces.rows()].filter(([of]) => mine(of)).map(([, row]) => row.time);
      const open = [left, right].flatMap(({ name, pieces, outer, wait }) => (outer ? [...pieces.rows()].filter(([of, row]) => !row.matched && mine(of)).map(([, row]) => ({ what: `${name} record of ${row.time} without a match`, until: row.time + wait })) : []));
      return { open: open.sort((a, b) => a.until - b.until).slice(0, 10), buffered: { left: kept(left).length, right: kept(right).length } };
    },
  };
}
