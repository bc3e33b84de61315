import { describe, expect, it } from 'vitest';
import type { Batch, Source } from '../../../src/core/source.js';
import { sourceSuite } from '../../../src/testing/suites/source.js';
import { failing } from './kit.js';

const data: { readonly [split: string]: readonly number[] } = { a: [1, 2, 3, 4, 5, 6, 7], b: [8], c: [] };

/** A right source, with one thing changed. */
function source(change: { readonly batch?: (batch: Batch<number>) => Batch<number> | 'end'; readonly splits?: () => readonly string[]; readonly from?: (from: unknown) => number; readonly close?: () => void } = {}): Source<number> {
  return {
    name: 'numbers',
    replayable: true,
    splits: change.splits ?? (() => Object.keys(data)),
    open(split, from) {
      const values = data[split] ?? [];
      let next = change.from?.(from) ?? (typeof from === 'number' ? from : 0);
      return {
        read(max) {
          if (next >= values.length) return 'end';
          const batch = { values: values.slice(next, next + max), position: (next = Math.min(values.length, next + max)) };
          return change.batch?.(batch) ?? batch;
        },
        close: change.close ?? (() => undefined),
      };
    },
  };
}
const suiteOf = (tried: Source<number>) => sourceSuite(() => ({ source: tried, expected: data }));

describe('the contract suite of sources', () => {
  for (const { name, run } of suiteOf(source())) it(name, run);

  let shared = 0;
  it.each<[string, Source<number>, RegExp]>([
    ['more values than asked for', source({ batch: b => ({ ...b, values: [...b.values, ...b.values] }) }), /every record once/],
    ['a lost record', source({ batch: b => ({ ...b, values: b.values.filter(v => v !== 4) }) }), /every record once/],
    ['records out of order', source({ batch: b => ({ ...b, values: b.values.toReversed() }) }), /every record once/],
    ['a position that lags', source({ batch: b => ({ ...b, position: Number(b.position) - 1 }) }), /exactly the rest/],
    ['a position that is ignored', source({ from: () => 0 }), /exactly the rest/],
    ['a position that JSON changes', source({ batch: b => ({ ...b, position: undefined as never }) }), /plain JSON/],
    ['times that do not match', source({ batch: b => ({ ...b, times: [NaN] }) }), /plain JSON/],
    ['an early end', source({ batch: b => (b.values.includes(5) ? 'end' : b) }), /every record once/],
    ['splits that change their names', source({ splits: () => [`a${shared++}`, 'b', 'c'] }), /splits the same way/],
    ['a close that throws', source({ close: () => { throw new Error('closed'); } }), /closed/],
  ])('sees %s', async (_, tried, expected) => expect((await failing(suiteOf(tried))).filter(name => expected.test(name))).not.toEqual([]));

  it('sees readers that share their place', async () => {
    let next = 0;
    const tried: Source<number> = { ...source(), open: () => ({ read: max => (next >= 7 ? 'end' : { values: data['a']!.slice(next, next + max), position: (next += max) }), close: () => undefined }) };
    expect(await failing(sourceSuite(() => ((next = 0), { source: tried, expected: { a: data['a']! } })))).toContain('has readers that do not disturb each other');
  });
  it('reads changing splits, waits through empty reads, counts what cannot be read, and closes the harness', async () => {
    let closed = 0;
    const tried: Source<string> = {
      name: 'lines',
      replayable: true,
      async *splits() {
        yield { added: ['x', 'gone'] };
        yield { revoked: ['gone'] };
      },
      async open(_, from) {
        let at = Number(from ?? 0);
        let quiet = true;
        return {
          read() {
            if ((quiet = !quiet)) return 'idle';
            if (at === 3) return 'end';
            const failed = at === 1 ? [{ before: 0, input: 'broken', cause: new Error('broken'), position: at }] : [];
            at++;
            return Promise.resolve({ values: failed.length > 0 ? [] : [`line ${at}`], failed, position: at });
          },
          close: async () => undefined,
        };
      },
    };
    const make = async () => ({ source: tried, expected: { x: ['line 1', 'line 3'] }, failures: { x: 1 }, close: () => void closed++ });
    expect(await failing(sourceSuite(make))).toEqual([]);
    expect(closed).toBe(sourceSuite(make).length);
  });
});
