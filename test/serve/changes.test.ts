/** One listener for all, a bounded buffer for each. */
import { describe, expect, it } from 'vitest';
import { Subject } from 'rxjs';
import { Stream, count, run } from 'millrace';
import { lambda, type View, type ViewChange } from 'millrace/views';
import { systemClock } from '../../src/core/clock.js';
import type { Key } from '../../src/core/values.js';
import { changesHub, type ReaderLimits } from '../../src/serve/changes.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';

const change = (key: Key, value: unknown = 1): ViewChange<Key, unknown> => ({ key, from: 0, to: 1, value, reason: 'event', version: 0 });
const LIMITS: ReaderLimits = { buffer: 1_000, heartbeat: 100, session: 1_000 };

/** A view whose changes a test pushes, and that counts who listens. */
function pushed(): { readonly view: View<Key, unknown>; push(change: ViewChange<Key, unknown>): void; end(error?: Error): void; readonly listening: () => number; readonly listened: () => number } {
  let listening = 0;
  let listened = 0;
  let ended: { readonly error?: Error | undefined } | undefined;
  const queue: ViewChange<Key, unknown>[] = [];
  let wake: (() => void) | undefined;
  const iterator = (): AsyncIterator<ViewChange<Key, unknown>> => {
    listening++;
    listened++;
    let over = false;
    return {
      async next() {
        for (;;) {
          const value = queue.shift();
          if (over) return { done: true, value: undefined };
          if (value !== undefined) return { done: false, value };
          if (ended?.error !== undefined) throw ended.error;
          if (ended !== undefined) return { done: true, value: undefined };
          await new Promise<void>(resolve => (wake = resolve));
        }
      },
      async return() {
        if (!over) listening--;
        over = true;
        wake?.();
        return { done: true, value: undefined };
      },
    };
  };
  return {
    view: { changes: () => ({ [Symbol.asyncIterator]: iterator }) } as unknown as View<Key, unknown>,
    push(one) {
      queue.push(one);
      wake?.();
    },
    end(error) {
      ended = { error };
      wake?.();
    },
    listening: () => listening,
    listened: () => listened,
  };
}

function world(): ReturnType<typeof pushed> & { readonly clock: ReturnType<typeof virtualClock>; readonly errors: unknown[]; read(keys?: readonly Key[], limits?: Partial<ReaderLimits>): { readonly parts: string[]; readonly leave: AbortController; readonly done: Promise<string>; readonly next: () => Promise<IteratorResult<string>> } } {
  const source = pushed();
  const clock = virtualClock(0);
  const errors: unknown[] = [];
  const hub = changesHub(source.view, clock, error => void errors.push(error));
  return {
    ...source,
    clock,
    errors,
    read(keys = [], limits = {}) {
      const leave = new AbortController();
      const parts: string[] = [];
      const iterator = hub.read(keys, { ...LIMITS, ...limits }, leave.signal)[Symbol.asyncIterator]();
      let taking: Promise<string> | undefined;
      return {
        parts,
        leave,
        next: () => iterator.next(),
        get done() {
          return (taking ??= (async () => {
            for (;;) {
              const next = await iterator.next();
              if (next.done === true) return parts.join('');
              parts.push(next.value);
            }
          })());
        },
      };
    },
  };
}

describe('changes as events', () => {
  it('go to all who look, by key, from one listener that ends with the last of them', async () => {
    const w = world();
    const [all, some] = [w.read(), w.read(['b', ['c', 1]])];
    void all.done;
    void some.done;
    await w.clock.settle();
    for (const key of ['a', 'b', ['c', 1], ['c', 2]] as Key[]) w.push(change(key, 5n));
    await w.clock.settle();
    expect(w.listened()).toBe(1);
    all.leave.abort();
    await w.clock.settle();
    expect(w.listening()).toBe(1);
    some.leave.abort();
    await w.clock.settle();
    expect(w.listening()).toBe(0);
    const event = (key: unknown): string => `event: change\ndata: ${JSON.stringify({ key, from: 0, to: 1, value: { $bigint: '5' }, reason: 'event', version: 0 })}\n\n`;
    expect(await all.done).toBe(`retry: 3000\n\n${['a', 'b', ['c', 1], ['c', 2]].map(event).join('')}`);
    expect(await some.done).toBe(`retry: 3000\n\n${['b', ['c', 1]].map(event).join('')}`);
    // Whoever comes after that begins anew.
    const late = w.read();
    void late.done;
    await w.clock.settle();
    expect([w.listening(), w.listened()]).toEqual([1, 2]);
    late.leave.abort();
    await late.done;
  });
  it('show signs of life, and end after a while', async () => {
    const w = world();
    const reader = w.read([], { session: 350 });
    void reader.done;
    await w.clock.advance(400);
    expect(await reader.done).toBe(`retry: 3000\n\n${': here\n\n'.repeat(3)}`);
    expect(w.listening()).toBe(0);
  });
  it('drop a reader who does not keep up, within its bound, and no other', async () => {
    const w = world();
    const [slow, quick] = [w.read(), w.read()];
    void quick.done;
    expect((await slow.next()).value).toBe('retry: 3000\n\n');
    const waiting = slow.next();
    await w.clock.settle();
    w.push(change('a'));
    expect((await waiting).value).toContain('"a"');
    for (let i = 0; i < 40; i++) {
      w.push(change(`key-${i}`));
      await w.clock.settle();
    }
    // Not even what had come is given out: the stream has a hole.
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    quick.leave.abort();
    expect((await quick.done).match(/event: change/g)).toHaveLength(41);
  });
  it('end with the job, and with its failure, which the host is told of', async () => {
    for (const error of [undefined, new Error('broken')]) {
      const w = world();
      const reader = w.read();
      void reader.done;
      await w.clock.settle();
      w.end(error);
      expect(await reader.done).toBe('retry: 3000\n\n');
      expect(w.errors).toEqual(error === undefined ? [] : [error]);
    }
  });
  it('come from a view at work', async () => {
    const events = new Subject<{ readonly url: string; readonly at: number }>();
    const pages = lambda('live', Stream.from(events, { name: 'hits' }).timestamps(hit => hit.at), { key: hit => hit.url, every: '1h', aggregate: count() });
    const job = await run([...pages.outputs], { name: 'live' });
    const hub = changesHub(pages, systemClock, () => {});
    const leave = new AbortController();
    let text = '';
    // The view is listened to as soon as the stream has begun, and nothing says when that is: events come until one is seen.
    const more = setInterval(() => events.next({ url: '/', at: 5 }), 1);
    for await (const part of hub.read([], { ...LIMITS, heartbeat: 10_000, session: 10_000 }, leave.signal)) if ((text += part).includes('change')) break;
    clearInterval(more);
    expect(text).toMatch(/event: change\ndata: \{"key":"\/","from":0,"to":3600000,"before":(\d+|\{"\$undefined":true\}),"value":\d+,"reason":"event","version":0\}/);
    await job.stop();
  });
});
