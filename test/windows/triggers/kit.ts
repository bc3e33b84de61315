/** Plays a trigger by itself: what it answers to records, times and questions, in virtual time. */
import type { Domain, Time } from '../../../src/core/values.js';
import type { Firing, Trigger, TriggerContext, Window } from '../../../src/core/window.js';
import { tell } from '../../../src/windows/triggers/tell.js';

export interface Played {
  /** A record at an event time. */
  record(time: Time, value?: unknown): Firing;
  /** The watermark moves: event timers that are due, in order, then the end of the window. Answers to all of them but those that wait. */
  watermark(time: Time): Firing[];
  /** The wall clock moves. */
  now(time: Time): Firing[];
  ask(): Firing;
  /** Goes on with what a checkpoint would have kept. */
  restore(): void;
  state: unknown;
}

export function playing(trigger: Trigger, window: Window = { start: 0, end: 100 }, state: unknown = trigger.zero()): Played {
  const timers: { readonly at: Time; readonly domain: Domain }[] = [];
  let watermark = -Infinity;
  let now = 0;
  let records = 0;
  const context = (time: Time, value?: unknown): TriggerContext => ({
    window, time, watermark, now, value,
    result: () => records,
    timer(at, domain) {
      if (!timers.some(timer => timer.at === at && timer.domain === domain)) timers.push({ at, domain });
    },
  });
  const due = (domain: Domain, time: Time): Firing[] => {
    const firings: Firing[] = [];
    for (;;) {
      const next = timers.filter(timer => timer.domain === domain && timer.at <= time).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) return firings.filter(firing => firing !== 'wait');
      timers.splice(timers.indexOf(next), 1);
      firings.push(tell(trigger, self.state, { at: next.at, domain }, context(next.at)));
    }
  };
  const self: Played = {
    state,
    record(time, value) {
      records++;
      return tell(trigger, self.state, 'record', context(time, value));
    },
    watermark(time) {
      const ends = watermark < window.end && time >= window.end;
      watermark = time;
      const firings = due('event', time);
      const end = ends ? tell(trigger, self.state, { at: window.end, domain: 'event' }, context(window.end)) : 'wait';
      return end === 'wait' ? firings : [...firings, end];
    },
    now(time) {
      now = time;
      return due('processing', time);
    },
    ask: () => tell(trigger, self.state, 'ask', context(0)),
    restore: () => void (self.state = structuredClone(self.state)),
  };
  return self;
}
