/**
 * A window of many slices that moves on: keys with the aggregate over the slices it holds, and the order in which they entered it. All of it is a cache over the tables of the
 * slices: a stage that opens again starts without it.
 *
 * What a move costs depends on the slices that come and go, never on those that stay. A key of a slice is a *pair*; each pair has a number, counted as they came, and a key stands
 * in the order of the least number among its pairs in the window.
 */
import type { Aggregate } from '../core/aggregate.js';
import { keyText } from '../core/key.js';
import type { Key } from '../core/values.js';
import type { Window } from '../core/window.js';
import { merged, sorted } from './in-order.js';
import { slidingAggregate } from './sliding-aggregate.js';
import type { Slot, Slots } from './slots.js';

/** A key of the window. */
export interface Member {
  readonly key: Key;
  /** The aggregate of its parts, as `slidingAggregate` keeps it. */
  row: unknown;
  /** Numbers of its pairs in the window, ascending: a ring whose length is a power of two, from place `head` to before `tail`, counted on without end. */
  ring: number[];
  head: number;
  tail: number;
  /** Its place in the order as it was last made. */
  order: number;
  /** Its place has changed since then. */
  moved: boolean;
}

/** One slice in the window: its pairs, in the order of its table. */
interface Column<Acc> {
  readonly slot: Slot<Acc>;
  readonly members: Member[];
  readonly parts: Acc[];
  /** Where a member's pair is; made when it is first asked for. */
  places: Map<Member, number> | undefined;
}

/** What moves over the slots. */
export interface Running<Acc> {
  /** Whether a part that changes must be handed in as it was before; asked for a slot in the window. */
  wantsBefore(slot: Slot<Acc>): boolean;
  /** Moves to a window; to be driven to its end before anything else is asked. */
  move(to: Window, slots: Slots<Acc>): Generator<void>;
  /** The keys of the window, in the order in which they entered it. */
  members(): readonly Member[];
  value(member: Member): Acc;
  /** A record came into a slot after windows over it had fired; `before` is undefined if it is the first of its key there. */
  changed(slot: Slot<Acc>, key: Key, before: Acc | undefined, after: Acc): void;
  forget(): void;
}

/** Between two pauses so many merges are made. */
const STRIDE = 32;
/** Twice the room, the numbers in their places. */
function grow(member: Member): void {
  const { ring, head, tail } = member;
  const larger = ring.concat(ring);
  for (let i = head; i < tail; i++) larger[i & (larger.length - 1)] = ring[i & (ring.length - 1)] ?? 0;
  member.ring = larger;
}
/** Adds a number; `true` if it is the least now. */
function enter(member: Member, number: number): boolean {
  if (member.tail - member.head === member.ring.length) grow(member);
  const { ring, head } = member;
  const mask = ring.length - 1;
  let at = member.tail++;
  for (; at > head; at--) {
    const before = ring[(at - 1) & mask] ?? 0;
    if (before < number) break;
    ring[at & mask] = before;
  }
  ring[at & mask] = number;
  return at === head;
}
/** Takes a number away; `true` if it was the least. */
function leave(member: Member, number: number): boolean {
  const { ring, head } = member;
  const mask = ring.length - 1;
  let at = head;
  while (at < member.tail - 1 && ring[at & mask] !== number) at++;
  for (let i = at; i > head; i--) ring[i & mask] = ring[(i - 1) & mask] ?? 0;
  member.head++;
  return at === head;
}
/** The least of its numbers. */
const first = (member: Member): number => member.ring[member.head & (member.ring.length - 1)] ?? 0;
const isGone = (member: Member): boolean => member.head === member.tail;

export function running<Acc>(aggregate: Aggregate<never, Acc, unknown>): Running<Acc> {
  const way = slidingAggregate(aggregate);
  let members = new Map<unknown, Member>();
  let columns: Column<Acc>[] = [];
  let order: readonly Member[] = [];
  /** Members whose place has changed, in any order; some may be gone. */
  let moved: Member[] = [];
  let held: Window = { start: 0, end: Number.NEGATIVE_INFINITY };
  /** Numbers for pairs that were restored: before all others, in order of time. */
  let restoredNumber = Number.MIN_SAFE_INTEGER;
  let steps = 0;

  const forget = (): void => {
    members = new Map();
    columns = [];
    order = [];
    moved = [];
    held = { start: 0, end: Number.NEGATIVE_INFINITY };
  };
  const nameOf = (key: Key): unknown => (typeof key === 'object' ? JSON.stringify([keyText(key)]) : key);
  const memberOf = (key: Key): Member => {
    const name = nameOf(key);
    let member = members.get(name);
    if (member === undefined) {
      member = { key, row: way.empty(), ring: [0, 0, 0, 0], head: 0, tail: 0, order: 0, moved: false };
      members.set(name, member);
    }
    return member;
  };
  const displaced = (member: Member): void => {
    if (member.moved) return;
    member.moved = true;
    moved.push(member);
  };
  /** Has every pair of the slot its number? */
  const number = (slot: Slot<Acc>): void => {
    if (!slot.restored) return;
    slot.restored = false;
    let pairs = 0;
    for (const _ of slot.table.scan()) pairs++;
    const before: number[] = [];
    while (before.length + slot.arrivals.length < pairs) before.push(restoredNumber++);
    slot.arrivals = [...before, ...slot.arrivals];
  };

  const evict = function* ({ slot: { arrivals }, members: leaving, parts }: Column<Acc>): Generator<void> {
    for (let i = 0; i < leaving.length; i++) {
      const member = leaving[i] as Member; // the index is within bounds, here and below
      if (leave(member, arrivals[i] ?? 0)) displaced(member);
      if (isGone(member)) members.delete(nameOf(member.key));
      else {
        steps += way.work(member.row);
        member.row = way.shift(member.row, parts[i] as Acc);
      }
      if (++steps >= STRIDE) {
        steps = 0;
        yield;
      }
    }
  };
  const insert = function* (slot: Slot<Acc>): Generator<void> {
    number(slot);
    const column: Column<Acc> = { slot, members: new Array<Member>(slot.arrivals.length), parts: new Array<Acc>(slot.arrivals.length), places: undefined };
    columns.push(column);
    let place = 0;
    for (const entry of slot.table.scan()) {
      const member = memberOf(entry[0]);
      const part = entry[2];
      if (enter(member, slot.arrivals[place] ?? 0)) displaced(member);
      member.row = way.push(member.row, part);
      column.members[place] = member;
      column.parts[place++] = part;
      if (++steps >= STRIDE) {
        steps = 0;
        yield;
      }
    }
  };
  /** Puts the members whose place has changed to their new ones. */
  const arrange = function* (): Generator<void> {
    if (moved.length === 0) return;
    const kept: Member[] = [];
    for (let i = 0; i < order.length; i++) {
      const member = order[i] as Member;
      if (!member.moved) kept.push(member);
      if (i % STRIDE === 0) yield;
    }
    // Most have moved from the slice that went to the one that is the oldest now, where they stand in order already.
    const [oldest] = columns;
    const ahead: Member[] = [];
    const rest: Member[] = [];
    for (let i = 0; i < (oldest?.members.length ?? 0); i++) {
      const member = oldest?.members[i] as Member;
      if (member.moved && first(member) === oldest?.slot.arrivals[i]) {
        member.moved = false;
        member.order = first(member);
        ahead.push(member);
      }
      if (i % STRIDE === 0) yield;
    }
    for (let i = 0; i < moved.length; i++) {
      const member = moved[i] as Member;
      if (member.moved && !isGone(member)) {
        member.moved = false;
        member.order = first(member);
        rest.push(member);
      }
      if (i % STRIDE === 0) yield;
    }
    order = yield* merged(yield* merged(ahead, kept), yield* sorted(rest));
    moved = [];
  };
  const holds = (slot: Slot<Acc>): boolean => slot.slice.start >= held.start && slot.slice.start < held.end;
  const placeIn = (column: Column<Acc>, member: Member): number | undefined => (column.places ??= new Map(column.members.map((m, i) => [m, i]))).get(member);
  const columnOf = (slot: Slot<Acc>): Column<Acc> => {
    let low = 0;
    let high = columns.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((columns[middle]?.slot.slice.start ?? 0) < slot.slice.start) low = middle + 1;
      else high = middle;
    }
    const found = columns[low];
    if (found?.slot === slot) return found;
    const made: Column<Acc> = { slot, members: [], parts: [], places: undefined };
    columns.splice(low, 0, made);
    return made;
  };

  return {
    forget,
    members: () => order,
    value: member => way.value(member.row),
    wantsBefore: slot => way.subtracts && holds(slot),
    *move(to, slots) {
      if (to.start < held.start || to.end < held.end || to.start >= held.end) forget();
      let gone = 0;
      for (const column of columns) {
        if (column.slot.slice.start >= to.start) break;
        yield* evict(column);
        gone++;
      }
      columns.splice(0, gone);
      const { line } = slots;
      for (let i = slots.from(Math.max(to.start, held.end)), slot = line[i]; slot !== undefined && slot.slice.start < to.end; slot = line[++i]) yield* insert(slot);
      held = to;
      yield* arrange();
    },
    changed(slot, key, before, after) {
      if (!holds(slot)) return;
      const column = columnOf(slot);
      const member = memberOf(key);
      let place = !isGone(member) ? placeIn(column, member) : undefined;
      if (place === undefined) {
        place = column.members.push(member) - 1;
        column.places?.set(member, place);
        if (enter(member, slot.arrivals[place] ?? 0)) displaced(member);
      }
      column.parts[place] = after;
      if (way.subtracts) member.row = way.push(before === undefined ? member.row : way.shift(member.row, before), after);
      else {
        member.row = way.empty();
        for (const each of columns) {
          const part = each.slot.dropped ? each.parts[placeIn(each, member) ?? -1] : each.slot.table.get(key);
          if (part !== undefined) member.row = way.push(member.row, part);
        }
      }
    },
  };
}
