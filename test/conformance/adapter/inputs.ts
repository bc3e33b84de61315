/**
 * Where the records of a case come from, and how event time follows them: watermarks of the source's own where the case has steps for them; else the largest time seen (Kafka's stream time), less the
 * grace; the same, but only between micro-batches (Spark); or the clock.
 */
import { perBatch, Stream } from 'millrace';
import type { Testing } from 'millrace/testing';
import type { Case } from '../case.js';
import { numberOf, recordOf, streamsOf, textOf } from './fields.js';
import { live, ONLY, type Live, type LiveSplit } from './live.js';
import type { Input } from './play.js';
import { delayIn, laterThan, NEVER, type Units } from './time.js';

export interface Inputs {
  /** Records of the stream of this name, with event time. */
  readonly stream: (name: string) => Stream<Input>;
  /** Those of all streams the case speaks of. */
  readonly all: () => Stream<Input>;
  readonly names: readonly string[];
  readonly inlet: (stream: string) => LiveSplit<Input>;
  readonly inlets: () => readonly LiveSplit<Input>[];
}

/** A record that brings nothing but its time. */
type Line = Input & { readonly tick?: boolean };

export type Clocking =
  /** The source says how far time has come. */
  | { readonly kind: 'source' }
  /** As far as the largest time seen, less `behind`. `first`: a record moves time before it is processed, as in Kafka. */
  | { readonly kind: 'stream'; readonly behind: number; readonly first?: boolean }
  /** The same, when a micro-batch is over. `later`: what follows is later than the watermark, not only not earlier. */
  | { readonly kind: 'batch'; readonly behind: Readonly<Record<string, number>> | number; readonly later?: boolean }
  /** As the stream that asks a table; the table is never waited for. */
  | { readonly kind: 'side'; readonly behind: number; readonly table: string | undefined }
  | { readonly kind: 'wall' };

/** What the parameters say about time. */
export function clockingOf({ params }: Case, units: Units): Clocking {
  const words = textOf(params['watermark']);
  const grace = units.in(numberOf(params['grace']) ?? 0);
  if (recordOf(params['window'])?.['time'] === 'processing') return { kind: 'wall' };
  if (params['watermarkConvention'] === 'streamTime') return { kind: 'stream', behind: grace };
  if (params['watermarkConvention'] === 'batch') {
    const delay = params['watermarkDelay'];
    const each = recordOf(delay);
    return { kind: 'batch', behind: each === undefined ? units.in(numberOf(delay) ?? 0) : Object.fromEntries(Object.entries(each).map(([name, of]) => [name, units.in(Number(of))])) };
  }
  const behind = words === undefined ? undefined : delayIn(words, units);
  return behind === undefined ? { kind: 'source' } : { kind: 'stream', behind };
}

/** `timeOf`: event time from a field of the record, where the case has it there. */
export function inputsOf({ input }: Case, kit: Testing, clocking: Clocking, timeOf?: (value: unknown) => number | undefined): Inputs {
  const found = streamsOf(input);
  const names = found.length === 0 ? [''] : found;
  const together = clocking.kind === 'stream' || clocking.kind === 'wall';
  const sources = new Map<string, Live<Line>>();
  const sourceOf = (name: string): Live<Line> => {
    const place = together ? 'all' : name;
    let source = sources.get(place);
    if (source === undefined) sources.set(place, (source = live<Line>(`source-${place}`, { clock: clocking.kind === 'wall' ? kit.clock : undefined })));
    return source;
  };
  const timed = new Map<string, Stream<Input>>();
  const timedOf = (name: string): Stream<Input> => {
    const { source } = sourceOf(name);
    let stream = timed.get(source.name);
    if (stream === undefined) timed.set(source.name, (stream = withTime(Stream.from(source, { name: source.name }), name, kit, clocking, timeOf)));
    return stream;
  };
  const stream = (name: string): Stream<Input> => (together ? timedOf(name).filter(one => one.stream === name) : timedOf(name));
  const inlet = (name: string): LiveSplit<Input> => sourceOf(name === '' ? (names[0] ?? '') : name).split(ONLY);
  return {
    stream,
    all() {
      const [first = '', ...others] = names;
      return together ? timedOf(first) : others.reduce((merged, name) => merged.merge(timedOf(name)), timedOf(first));
    },
    names,
    inlet,
    inlets: () => (together ? [inlet(names[0] ?? '')] : names.map(inlet)),
  };
}

function withTime(raw: Stream<Line>, name: string, kit: Testing, clocking: Clocking, timeOf: (value: unknown) => number | undefined = () => undefined): Stream<Input> {
  const of = (one: Line): number => timeOf(one.value) ?? one.ts;
  switch (clocking.kind) {
    case 'source':
      return raw;
    case 'stream': {
      if (clocking.first !== true) return raw.timestamps(of, { disorder: clocking.behind, maxFuture: NEVER });
      const twice = raw.flatMap<Line>(one => [{ ...one, tick: true }, one]);
      return twice.timestamps(of, { disorder: clocking.behind, maxFuture: NEVER }).filter(one => one.tick !== true);
    }
    case 'batch': {
      const behind = typeof clocking.behind === 'number' ? clocking.behind : (clocking.behind[name] ?? 0);
      return raw.timestamps(of, { watermark: perBatch<Line>(clocking.later === true ? laterThan(behind) : behind, one => one.tick === true), maxFuture: NEVER }).filter(one => one.tick !== true);
    }
    case 'side':
      // Kafka passes over records without a value, and their times.
      return name === clocking.table ? raw : raw.filter(({ value }) => value !== null).timestamps(of, { disorder: clocking.behind, maxFuture: NEVER });
    case 'wall':
      return raw.timestamps(() => kit.clock.now(), { progress: 1, maxFuture: NEVER });
  }
}
