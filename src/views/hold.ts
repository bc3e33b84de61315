/** Holding a moment of a view: what it reads is not let go of, and what changes meanwhile says first what it was. */
import type { LogPositions } from '../core/master-log.js';
import type { Running } from './incarnation.js';
import type { Loaded, Pin } from './pin.js';

/** Keeps a version and the segments from a cut on; answers how to let go of them. */
export function hold({ pinned }: Running, version: Loaded | undefined, cut: LogPositions): () => void {
  const held = { cut };
  pinned.add(held);
  if (version !== undefined) version.leases++;
  let done = false;
  return () => {
    if (done) return;
    done = true;
    pinned.delete(held);
    if (version !== undefined) version.leases--;
  };
}

/** A pin whose segments may change after it was made. `released` is called when it does not stand still any more. */
export function changing(mine: Running, pin: Omit<Pin, 'still'>, released: () => void): Pin {
  return {
    ...pin,
    still() {
      const { segments, over } = mine.speed.still(pin.segments, pin.definition.aggregate);
      const letGo = hold(mine, pin.version, pin.cut);
      return {
        pin: standing({ ...pin, segments }),
        release() {
          over();
          letGo();
          released();
        },
      };
    },
  };
}

/** A pin whose segments do not change. */
export const standing = (pin: Omit<Pin, 'still'>): Pin => ({
  ...pin,
  still() {
    const { version } = pin;
    if (version !== undefined) version.leases++;
    return {
      pin: standing(pin),
      release() {
        if (version !== undefined) version.leases--;
      },
    };
  },
});
