/**
 * Changes of a view as server-sent events. The view is listened to once for all who look, from the first of them to the last; each has a bounded buffer of its own, and who does not keep up is dropped rather than waited for.
 */
import type { Clock } from '../core/clock.js';
import { keyText } from '../core/key.js';
import type { Key } from '../core/values.js';
import type { View } from '../views/index.js';
import { jsonOf } from './answers.js';

/** One who looks. */
interface Reader {
  /** Texts of the keys it wants; absent: all. */
  readonly keys: ReadonlySet<string> | undefined;
  push(event: string): void;
  end(): void;
}

/** The bounds of one reader. */
export interface ReaderLimits {
  /** Characters that may wait. */
  readonly buffer: number;
  readonly heartbeat: number;
  readonly session: number;
}

/** The changes of one view, for many. */
export interface ChangesHub {
  read(keys: readonly Key[], limits: ReaderLimits, gone: AbortSignal): AsyncIterable<string>;
  close(): void;
}

export function changesHub(view: View<Key, unknown>, clock: Clock, onError: (error: unknown) => void): ChangesHub {
  const readers = new Set<Reader>();
  let source: AsyncIterator<{ readonly key: Key }> | undefined;

  const listen = async (mine: AsyncIterator<{ readonly key: Key }>): Promise<void> => {
    try {
      for (;;) {
        const next = await mine.next();
        if (next.done === true || source !== mine) break;
        const text = keyText(next.value.key);
        let event: string | undefined;
        for (const reader of readers) if (reader.keys?.has(text) !== false) reader.push((event ??= `event: change\ndata: ${jsonOf(next.value)}\n\n`));
      }
    } catch (error) {
      onError(error);
      await mine.return?.().catch(() => {}); // told just before
    }
    if (source !== mine) return;
    source = undefined;
    for (const reader of readers) reader.end();
  };
  const begin = (): void => {
    if (source !== undefined) return;
    source = view.changes()[Symbol.asyncIterator]();
    void listen(source);
  };
  const finish = (): void => {
    const mine = source;
    source = undefined;
    mine?.return?.().catch(onError);
  };

  return {
    async *read(keys, { buffer, heartbeat, session }, gone) {
      // A client knows by this that it is connected; and comes back so many milliseconds after the stream has ended.
      let waiting = 'retry: 3000\n\n';
      let over = false;
      let wake: (() => void) | undefined;
      const end = (): void => {
        over = true;
        wake?.();
      };
      const push = (text: string): void => {
        if (over) return;
        waiting += text;
        if (waiting.length > buffer) {
          waiting = '';
          over = true;
        }
        wake?.();
      };
      const reader: Reader = { keys: keys.length === 0 ? undefined : new Set(keys.map(keyText)), push, end };
      const timers = [clock.every(heartbeat, () => push(': here\n\n')), clock.every(session, end)];
      gone.addEventListener('abort', end, { once: true });
      readers.add(reader);
      try {
        begin();
        while (!gone.aborted) {
          if (waiting !== '') {
            const text = waiting;
            waiting = '';
            yield text;
          } else if (over) return;
          else {
            await new Promise<void>(resolve => (wake = resolve));
            wake = undefined;
          }
        }
      } finally {
        gone.removeEventListener('abort', end);
        for (const stop of timers) stop();
        readers.delete(reader);
        if (readers.size === 0) finish();
      }
    },
    close() {
      for (const reader of readers) reader.end();
    },
  };
}
