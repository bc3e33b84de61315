/** Where the splits of a source come together: what stands above event time exists once per split, and one edge below it takes the minimum of all their watermarks. */
import type { Port } from '../core/port.js';
import type { Time } from '../core/values.js';
import type { Edge } from '../plan/plan.js';
import { minimum, timeOfJson, timeToJson, type InputTime } from './minimum.js';
import { postpone, type Runtime } from './runtime.js';

/** One edge on which splits meet. */
export interface Meeting {
  /** The port of one split; `ended` splits of a restored job only count. */
  port(split: string, ended: boolean): Port<unknown>;
  /** A split was taken away. Resumable. */
  leave(split: string): boolean;
  /** No further splits will come. Resumable. */
  close(): boolean;
}

export function openMeeting(edge: Edge, below: Port<unknown>, runtime: Runtime): Meeting {
  const { plan } = runtime;
  const key = `${plan.idOf(edge.from)}>${plan.idOf(edge.to)}/${edge.index}`;
  const inputs = new Map<string, InputTime>();
  // Reads that come back empty are no idleness by themselves: only a step that gives event time, or a source that brings its own, may say so.
  const maySleep = edge.from.kind === 'source' ? edge.from.source.watermarks === true : edge.from.kind === 'transform' && edge.from.timestamps === true;
  const times = minimum({
    watermark: below.watermark,
    idle: below.idle,
    end: below.end,
    unfinished(resume) {
      if (runtime.current !== undefined) postpone(runtime.current, resume);
    },
  }, edge.from.idleness);
  times.open = true;
  runtime.joints.push({ from: edge.from, step: edge.to, inputs });
  // Not the largest of the splits' own: that one may wait for the others.
  runtime.persist(key, undefined, () => timeToJson(times.current), state => (times.current = timeOfJson(state)));
  return {
    port(split, ended) {
      let restored: Time = Number.NEGATIVE_INFINITY;
      const input = times.input(ended ? Number.POSITIVE_INFINITY : restored);
      inputs.set(split, input);
      if (ended) input.ended = true;
      else {
        runtime.persist(key, split, () => timeToJson(input.watermark), state => (restored = timeOfJson(state)));
        input.watermark = restored;
      }
      return {
        // Whoever was idle hands on a watermark after its next record, so records need not be looked at.
        data: below.data,
        watermark: time => times.advance(input, time),
        idle: () => {
          if (maySleep) times.idle(input);
        },
        end: () => times.end(input),
      };
    },
    leave(split) {
      const input = inputs.get(split);
      if (input !== undefined) times.remove(input);
      inputs.delete(split);
      return times.settle();
    },
    close: times.close,
  };
}
