/**
 * Fast splits wait for slow ones: without it a split that is read faster than the others runs ahead of the watermark, and all it brings must be kept in windows and joins until the slowest has caught up.
 * A split whose watermark is more than the drift ahead of the lowest is not read. Idle, ended and unread splits hold nobody, and one that cannot be read (its gate is closed, its reader not open)
 * holds nobody before its first watermark: so the slowest of a group is always free to go on.
 */
import type { Aligned, Gate } from '../core/stage.js';
import type { Time } from '../core/values.js';
import type { Step } from '../plan/step.js';
import type { Entry } from './runtime.js';

/** One split of one step that gives event time. */
interface Member {
  readonly step: Step;
  readonly split: string | undefined;
  readonly drift: number;
  readonly gate: Gate;
  time: Time;
  idle: boolean;
  waiting: boolean;
}

interface Group {
  readonly members: Member[];
  /** The lowest watermark when it was last looked at, or that of a split which came back since; the real one may be higher by now. */
  low: Time;
  waiting: number;
}

export interface Alignment {
  /** Splits of one group wait for each other; a group is a step's own unless it is named. */
  join(step: Step, split: string | undefined, group: string | undefined, drift: number): Aligned;
  leave(step: Step, split: string): void;
  /** While a checkpoint is on its way nobody waits: batches that are begun must come to their end. */
  release(released: boolean): void;
  waits(step: Step, split: string | undefined): boolean;
}

/** What it needs of the runtime. */
export interface AlignmentHost {
  gate(step: Step, split: string | undefined): Gate;
  entries(): readonly Entry[];
  sourcesOf(step: Step): ReadonlySet<Step>;
  wake(): void;
}

export function alignment(host: AlignmentHost): Alignment {
  const groups = new Map<Step | string, Group>();
  let released = false;

  const entriesOf = (member: Member): readonly Entry[] => host.entries().filter(e => e.kind === 'split' && e.split === member.split && host.sourcesOf(member.step).has(e.step));
  const counts = (member: Member): boolean => {
    if (member.idle || member.time === Number.POSITIVE_INFINITY) return false;
    return member.time !== Number.NEGATIVE_INFINITY || entriesOf(member).some(e => e.opened === true && e.blocked === 0);
  };
  const wait = (group: Group, member: Member, waiting: boolean): void => {
    if (member.waiting === waiting) return;
    member.waiting = waiting;
    group.waiting += waiting ? 1 : -1;
    for (const entry of entriesOf(member)) entry.hold?.(waiting);
    if (waiting) return member.gate.close();
    member.gate.open();
    host.wake();
  };
  const look = (group: Group): void => {
    group.low = Number.POSITIVE_INFINITY;
    for (const member of group.members) if (member.time < group.low && counts(member)) group.low = member.time;
    for (const member of group.members) wait(group, member, !released && counts(member) && member.time - member.drift > group.low);
  };
  return {
    join(step, split, name, drift) {
      const key = name ?? step;
      const group = groups.get(key) ?? { members: [], low: Number.NEGATIVE_INFINITY, waiting: 0 };
      groups.set(key, group);
      const member: Member = { step, split, drift, gate: host.gate(step, split), time: Number.NEGATIVE_INFINITY, idle: false, waiting: false };
      group.members.push(member);
      return {
        advance(time) {
          const held = group.waiting > 0 && (member.time <= group.low || member.idle);
          const joins = member.idle || member.time === Number.NEGATIVE_INFINITY;
          member.idle = false;
          if (time > member.time) member.time = time;
          if (joins && member.time < group.low) group.low = member.time;
          if (held || member.time - drift > group.low) look(group);
        },
        idle() {
          member.idle = true;
          look(group);
        },
      };
    },
    leave(step, split) {
      for (const group of groups.values()) {
        const at = group.members.findIndex(m => m.step === step && m.split === split);
        const member = group.members[at];
        if (member === undefined) continue;
        wait(group, member, false);
        group.members.splice(at, 1);
        look(group);
      }
    },
    release(now) {
      released = now;
      for (const group of groups.values()) look(group);
    },
    waits: (step, split) => [...groups.values()].some(group => group.members.some(m => m.step === step && m.split === split && m.waiting)),
  };
}
