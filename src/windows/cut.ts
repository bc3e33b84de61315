/**
 * Windows with a greatest length: they keep their records, and are cut when they close, in order of time, so that the pieces do not depend on the order of arrival. A piece begins with a record and takes
 * those that follow it by less than the greatest length; each piece is a window of its own.
 */
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedStage } from '../core/keyed.js';
import type { Port } from '../core/port.js';
import type { Key, Time } from '../core/values.js';
import type { Emission, WindowResult } from '../core/window.js';

type Rows<In> = [value: In, time: Time][];

/** `stage` gives panes of all rows of a window; what comes out is one pane for each piece. */
export function cutting<In, Acc, Out>(longest: number, aggregate: Aggregate<In, Acc, Out>, emission: Emission, stage: (rows: Aggregate<In, Rows<In>, Rows<In>>, emission: Emission) => KeyedStage<unknown>): KeyedStage<unknown> {
  const rows: Aggregate<In, Rows<In>, Rows<In>> = {
    name: 'rows',
    zero: () => [],
    add(all, value, time) {
      all.push([value, time]);
      return all;
    },
    merge(a, b) {
      for (const row of b) a.push(row);
      return a;
    },
    result: all => [...all],
  };
  const inner = stage(rows, { ...emission, stamp: 'end' });
  return {
    ...inner,
    open(context) {
      const { below } = context;
      const give = ({ key, window, value, pane }: WindowResult<Key | undefined, Rows<In>>): void => {
        const sorted = value.toSorted(([, a], [, b]) => a - b);
        for (let at = 0; at < sorted.length; ) {
          const start = sorted[at]?.[1] ?? 0;
          let acc = aggregate.zero();
          let last = start;
          let result: Out;
          try {
            for (let row = sorted[at]; row !== undefined && row[1] - start < longest; row = sorted[++at]) {
              acc = aggregate.add(acc, row[0], row[1]);
              last = row[1];
            }
            result = aggregate.result(acc);
          } catch (cause) {
            return context.failed({ input: { key, window }, cause, time: window.end - 1, attempts: 1 });
          }
          const next = sorted[at]?.[1];
          const piece = { start, end: Math.min(window.end, next === undefined ? window.end : next, start + longest) };
          const stamped = emission.stamp === 'earliest' ? start : emission.stamp === 'latest' ? last : piece.end - 1;
          below.data({ key, window: piece, value: result, pane }, stamped);
        }
      };
      const port: Port<unknown> = { ...below, data: result => give(result as WindowResult<Key | undefined, Rows<In>>) }; // what the inner stage gives
      return inner.open({ ...context, below: port });
    },
  };
}
