/** The changes of a view, one after the other, for those who listen. What the version has of a changed row may have to be read first; meanwhile those behind it wait. */
import type { Key, Time } from '../core/values.js';
import { combined, resultOf, type Found, type Pin } from './pin.js';
import type { ViewChange } from './view.js';

export interface Changes<K extends Key, R> {
  readonly listeners: Set<(change: ViewChange<K, R>) => void>;
  /** Makes a change of one row of the speed view, and tells of it. */
  around(pin: Pin, key: Key, granule: { readonly start: Time; readonly end: Time }, change: () => void): void;
  /** Tells of changes behind those under way. */
  tell(changes: readonly ViewChange<K, R>[]): void;
}

/** Changes that may wait; more than that are not told, as a stream of changes drops what nobody takes. */
const MOST = 10_000;

/** `failed`: what the version has could not be read, and the change is not told. */
export function changesOf<K extends Key, R>(failed: (cause: unknown) => void): Changes<K, R> {
  const listeners = new Set<(change: ViewChange<K, R>) => void>();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const emit = (change: ViewChange<K, R>): void => {
    for (const listener of listeners) listener(change);
  };
  const behind = (work: () => Promise<void> | void): void => {
    if (waiting >= MOST) return;
    waiting++;
    last = last.then(work).catch(failed).finally(() => waiting--);
  };
  return {
    listeners,
    around(pin, key, { start: from, end: to }, change) {
      const { version, definition: { aggregate } } = pin;
      const live = (): Found | undefined => combined({ ...pin, version: undefined }, key, from, from + 1) as Found | undefined; // without a version nothing is waited for
      const old = live();
      change();
      const now = live();
      const settled = version === undefined ? undefined : combined({ ...pin, segments: [] }, key, from, from + 1);
      const tell = (found: Found | undefined): void => {
        const value = (came: Found | undefined): R | undefined => {
          if (found === undefined && came === undefined) return undefined;
          return resultOf<R>(pin, found === undefined || came === undefined ? (found ?? came) : { acc: aggregate.merge(aggregate.merge(aggregate.zero(), found.acc), came.acc) });
        };
        emit({ key: key as K, from, to, before: value(old), value: value(now), reason: 'event', version: version?.manifest.version ?? 0 }); // keys of the view are K
      };
      if (!(settled instanceof Promise) && waiting === 0) tell(settled);
      else behind(async () => tell(await settled));
    },
    tell(changes) {
      const all = (): void => changes.forEach(emit);
      if (waiting === 0) all();
      else behind(all);
    },
  };
}
