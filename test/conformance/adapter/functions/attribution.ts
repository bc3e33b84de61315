/** The example of Streaming Systems, chapter 7: which impression led, over which visits, to a goal. A process function as a user would write it. */
import { type, type Process } from 'millrace';
import type { Input } from '../play.js';

interface Visit {
  readonly type: 'visit';
  readonly url: string;
  readonly referer: string;
  readonly isGoal: boolean;
}
interface Impression {
  readonly type: 'impression';
  readonly id: number;
  readonly source: string;
  readonly target: string;
}
interface Attributed {
  readonly impression: number;
  readonly trail: readonly string[];
  readonly goal: string;
}
interface State {
  readonly visits: Map<string, Visit>;
  readonly impressions: Map<string, Impression>;
  readonly goals: { readonly visit: Visit; readonly at: number }[];
}
export interface Attribution {
  readonly key: string;
  readonly value: Attributed;
}

const GOAL = 'goal';
const placeOf = (from: string, to: string): string => `${from} > ${to}`;

/** Back from the goal, visit by visit, to one that an impression led to. */
function trailOf({ visits, impressions }: State, goal: Visit): Attributed | undefined {
  const trail: string[] = [];
  const seen = new Set<string>();
  for (let visit: Visit | undefined = goal; visit !== undefined && !seen.has(visit.url); visit = visits.get(visit.referer)) {
    seen.add(visit.url);
    if (visit !== goal) trail.unshift(visit.url);
    const impression = impressions.get(placeOf(visit.referer, visit.url));
    if (impression !== undefined) return { impression: impression.id, trail, goal: goal.url };
  }
  return undefined;
}

export const attribution = (): Process<string, Input, State, Attribution, object> => ({
  name: 'attribution',
  emits: type<Attribution>(),
  init: () => ({ visits: new Map(), impressions: new Map(), goals: [] }),
  onData(state, { value, ts }, context) {
    const event = value as Visit | Impression; // what the case has
    if (event.type === 'impression') {
      const place = placeOf(event.source, event.target);
      // The first wins.
      if (!state.impressions.has(place)) state.impressions.set(place, event);
      return;
    }
    state.visits.set(event.url, event);
    if (!event.isGoal) return;
    state.goals.push({ visit: event, at: ts });
    state.goals.sort((a, b) => a.at - b.at);
    context.timer(GOAL, state.goals[0]?.at ?? ts);
  },
  onTimer(state, _timer, context) {
    const goal = state.goals.shift();
    if (goal === undefined) return;
    const value = trailOf(state, goal.visit);
    if (value !== undefined) context.emit({ key: context.key, value }, goal.at);
    const [next] = state.goals;
    if (next !== undefined) context.timer(GOAL, next.at);
  },
});
