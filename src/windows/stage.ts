/** The keyed stage of any windows with any emission: the one place where a step that takes windows asks for its stage. */
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedStage } from '../core/keyed.js';
import type { Emission, Windows } from '../core/window.js';
import { alignedStage } from './aligned.js';

/** What comes out: a `WindowResult` for panes and deltas, a `Change` for updates; and late records on the side output `late`. */
export function windowStage<In, Acc, Out>(windows: Windows, aggregate: Aggregate<In, Acc, Out>, emission: Emission): KeyedStage<unknown> {
  switch (windows.kind) {
    case 'aligned':
      return alignedStage(windows, aggregate, emission);
    case 'stage':
      return windows.stage(aggregate, emission);
    case 'merging':
      return { version: 0, signature: emission.signature, open: () => ({ data: () => {}, timer: () => {} }) };
  }
}
