/** Fires when the watermark passes the end of the window; before that as `early` says, after that as `late` says, each begun anew when it has fired. */
import type { Firing, Trigger, TriggerContext } from '../../core/window.js';
import { composed, tell, type Signal } from './tell.js';

/** Options of {@link watermarkTrigger}. */
export interface WatermarkTriggerOptions {
  /** Panes before the end; none by default. */
  readonly early?: Trigger | undefined;
  /** Panes after the end, while lateness lasts; by default one for each late record. What no late trigger fired comes out when lateness is over. */
  readonly late?: Trigger | undefined;
  /** Fires at the end and then no more: late records are dropped, whatever the lateness. */
  readonly once?: boolean | undefined;
}

interface State {
  early?: unknown;
  late?: unknown;
}

export function watermarkTrigger({ early, late, once }: WatermarkTriggerOptions = {}): Trigger<State> {
  const parts = [...(early === undefined ? [] : [early]), ...(late === undefined ? [] : [late])];
  const phase = (state: State, name: 'early' | 'late', part: Trigger | undefined, signal: Signal, context: TriggerContext): Firing => {
    if (part === undefined) return name === 'late' && signal === 'record' ? 'fire' : 'wait';
    state[name] ??= part.zero();
    const firing = tell(part, state[name], signal, context);
    if (firing === 'finish') state[name] = part.zero();
    return firing === 'wait' ? 'wait' : 'fire';
  };
  return composed<State>(
    parts.length === 0 ? 'watermark()' : `watermark(${[early === undefined ? '' : `early ${early.name}`, late === undefined ? '' : `late ${late.name}`].filter(text => text !== '').join(', ')})`,
    parts,
    () => ({}),
    (state, signal, context) => {
      if (typeof signal === 'object' && signal.domain === 'event' && signal.at === context.window.end) return once === true ? 'finish' : 'fire';
      return context.watermark < context.window.end ? phase(state, 'early', early, signal, context) : phase(state, 'late', late, signal, context);
    },
    (a, b) => {
      if (b.early !== undefined && early !== undefined) a.early = a.early === undefined ? early.merge(early.zero(), b.early) : early.merge(a.early, b.early);
      if (b.late !== undefined && late !== undefined) a.late = a.late === undefined ? late.merge(late.zero(), b.late) : late.merge(a.late, b.late);
      return a;
    },
  );
}
