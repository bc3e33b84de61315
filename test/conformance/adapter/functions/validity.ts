/** A rule of one case: each record holds from its time to that of the next one of its key, in order of time. */
import { type, type Process } from 'millrace';
import type { Input } from '../play.js';

export interface Validity {
  readonly key: string;
  readonly value: unknown;
  readonly start: number;
  /** Absent: there is no next. */
  readonly end: number | undefined;
}

interface State {
  open?: { readonly value: unknown; readonly start: number };
  readonly waiting: { readonly value: unknown; readonly start: number }[];
}

const LAST = 'last';

export const validity = (): Process<string, Input, State, Validity, object> => ({
  name: 'validity',
  emits: type<Validity>(),
  init: () => ({ waiting: [] }),
  onData(state, { value, ts }, context) {
    state.waiting.push({ value, start: ts });
    context.timer(String(ts), ts);
    context.timer(LAST, Number.MAX_SAFE_INTEGER);
  },
  onTimer(state, timer, context) {
    const { open } = state;
    if (timer === LAST) {
      if (open !== undefined) context.emit({ key: context.key, ...open, end: undefined }, open.start);
      return;
    }
    const next = state.waiting.find(({ start }) => start === Number(timer));
    if (next === undefined) return;
    if (open !== undefined) context.emit({ key: context.key, ...open, end: next.start });
    state.open = next;
  },
});
