/** Accumulators that are numbers or texts, put into an object, so that they too are changed in place: one look-up per record instead of two. */
import type { Aggregate } from '../core/aggregate.js';

interface Box<Acc> {
  acc: Acc;
}

/** The aggregate itself if its accumulator is an object, or cannot be had: a `zero` that throws fails its step, not the pipeline that is being written. */
export function boxed<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>): Aggregate<In, Acc, Out> {
  let sample: unknown;
  try {
    sample = aggregate.zero();
  } catch {
    return aggregate;
  }
  if (typeof sample === 'object' && sample !== null) return aggregate;
  const { commutative } = aggregate;
  const box: Aggregate<In, Box<Acc>, Out> = {
    name: aggregate.name,
    ...(commutative === undefined ? {} : { commutative }),
    zero: () => ({ acc: aggregate.zero() }),
    add(into, value, time) {
      into.acc = aggregate.add(into.acc, value, time);
      return into;
    },
    merge(a, b) {
      a.acc = aggregate.merge(a.acc, b.acc);
      return a;
    },
    result: of => aggregate.result(of.acc),
    ...(aggregate.subtract === undefined
      ? {}
      : {
          subtract(a: Box<Acc>, part: Box<Acc>) {
            a.acc = aggregate.subtract?.(a.acc, part.acc) as Acc; // it is there
            return a;
          },
        }),
  };
  return box as unknown as Aggregate<In, Acc, Out>; // to its user an accumulator is opaque
}
