/** The keyed stage of any windows with any emission: the one place where a step that takes windows asks for its stage. */
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedStage } from '../core/keyed.js';
import type { Emission, Windows } from '../core/window.js';
import { alignedStage } from './aligned.js';
import { assignedStage } from './assigned.js';
import { mergingStage } from './merging.js';

/** What comes out: a `WindowResult` for panes and deltas, a `Change` for updates; and late records on the side output `late`. */
export function windowStage<In, Acc, Out>(windows: Windows, aggregate: Aggregate<In, Acc, Out>, emission: Emission): KeyedStage<unknown> {
  switch (windows.kind) {
    case 'aligned':
      return isPlain(emission) ? alignedStage(windows, aggregate, emission) : assignedStage(time => windowsAt(windows, time), aggregate, emission);
    case 'merging':
      return mergingStage(windows, aggregate, emission);
    case 'stage':
      return windows.stage(aggregate, emission);
  }
}

/** What the fast path of aligned windows does. */
const isPlain = ({ kind, trigger, stamp }: Emission): boolean => kind === 'panes' && trigger === undefined && stamp === 'end';

function windowsAt(windows: Extract<Windows, { readonly kind: 'aligned' }>, time: number): ReturnType<typeof windows.over> {
  const slice = windows.slice(time);
  return time < slice.start || time >= slice.end ? [] : windows.over(slice);
}
