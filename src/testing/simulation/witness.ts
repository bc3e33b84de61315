/**
 * Who watches what all jobs promise, whatever they compute, at every step of a simulation:
 *
 * - a checkpoint that was reported durable is never lost: no incarnation goes on from an older one;
 * - two incarnations never both go on: none commits once a later one has opened the state without that commit;
 * - positions that a source is told are those of a durable checkpoint, and a split is opened where that checkpoint says, by one reader at a time;
 * - times in a checkpoint (watermarks, what generators saw) never go back;
 * - who has ended, well or not, leaves no timer, file, reader, writer or store behind.
 */
import type { Disk } from '../../core/disk.js';
import { sameValue } from '../../core/same-value.js';
import type { Sink } from '../../core/sink.js';
import type { Source } from '../../core/source.js';
import type { Manifest, StateBackend } from '../../core/state.js';
import type { Json } from '../../core/values.js';
import { shown } from '../suites/suite.js';
import type { Process } from './scheduler.js';

export interface Witness {
  /** What was seen that must not be, in words. */
  readonly violations: readonly string[];
  state(inner: StateBackend, process: Process): StateBackend;
  source<T>(inner: Source<T>, process: Process): Source<T>;
  sink<T>(inner: Sink<T>, process: Process): Sink<T>;
  disk(inner: Disk, process: Process): Disk;
  /** What a process has opened and not closed. */
  held(process: Process): readonly string[];
  /** What a generation went on from. */
  restored(generation: number): Manifest | undefined;
}

/** Numbers in a manifest's watermarks, by their place. */
function* times(json: Json, place: string): Iterable<readonly [string, number]> {
  if (typeof json === 'number') yield [place, json];
  else if (json !== null && typeof json === 'object') for (const [name, inner] of Object.entries(json)) yield* times(inner, `${place}/${name}`);
}

export function witness(): Witness {
  const violations: string[] = [];
  const open = new Map<Process, Map<string, number>>();
  const origins = new Map<number, Manifest | undefined>();
  /** The last that was reported durable, by any incarnation. */
  let durable: Manifest | undefined;
  const ofProcess = new Map<Process, { restored: Manifest | undefined; last: Manifest | undefined }>();

  const hold = (process: Process, what: string): (() => void) => {
    const held = open.get(process) ?? new Map<string, number>();
    open.set(process, held);
    held.set(what, (held.get(what) ?? 0) + 1);
    let gone = false;
    return () => {
      if (!gone) held.set(what, (held.get(what) ?? 0) - 1);
      gone = true;
    };
  };
  const state = (inner: StateBackend, process: Process): StateBackend => {
    if (inner.durable !== true) return inner;
    return {
      durable: true,
      async open(job, environment) {
        const store = await inner.open(job, environment);
        const release = hold(process, 'state');
        const { restored, generation } = store;
        // One that fell asleep while it opened is of an older generation, and nobody will believe it.
        if (durable !== undefined && generation > durable.generation && (restored?.checkpoint ?? 0) < durable.checkpoint) violations.push(`generation ${generation} goes on from checkpoint ${restored?.checkpoint ?? 0}, and checkpoint ${durable.checkpoint} had been reported durable`);
        for (const [other, origin] of origins) if (other === generation) violations.push(`generation ${other} was claimed twice (it had gone on from checkpoint ${origin?.checkpoint ?? 0})`);
        origins.set(generation, restored);
        const mine = { restored, last: restored };
        ofProcess.set(process, mine);
        return {
          restored,
          generation,
          table: (step, name) => store.table(step, name),
          drop: (step, table) => store.drop(step, table),
          rename: (step, to) => store.rename(step, to),
          tables: () => store.tables(),
          get dirty() {
            return store.dirty;
          },
          async commit(manifest, pace) {
            const committed = await store.commit(manifest, pace);
            for (const [other, origin] of origins)
              if (other > generation && (origin?.checkpoint ?? 0) < manifest.checkpoint) violations.push(`generation ${generation} reported checkpoint ${manifest.checkpoint} durable; generation ${other} had gone on from ${origin?.checkpoint ?? 0} by then`);
            const before = new Map(times(mine.last?.watermarks ?? null, ''));
            for (const [place, time] of times(manifest.watermarks, '')) if (time < (before.get(place) ?? time)) violations.push(`the time at ${place} went back from ${before.get(place)} to ${time}`);
            mine.last = manifest;
            durable = manifest;
            return committed;
          },
          ...(store.snapshot === undefined ? {} : { snapshot: () => store.snapshot?.() ?? never() }),
          async close() {
            release();
            await store.close();
          },
        };
      },
    };
  };
  const source = <T>(inner: Source<T>, process: Process): Source<T> => {
    const begun = new Set<string>();
    return {
      ...inner,
      async open(split, from, environment) {
        const places = ofProcess.get(process)?.restored?.positions[inner.name];
        if (!begun.has(split) && places !== undefined && !sameValue(places[split], from)) violations.push(`split ${split} of ${inner.name} was opened at ${shown(from)}; the checkpoint says ${shown(places[split])}`);
        begun.add(split);
        const what = `reader of ${inner.name} ${split}`;
        if ((open.get(process)?.get(what) ?? 0) > 0) violations.push(`${inner.name}: split ${split} has two readers at once`);
        const release = hold(process, what);
        const reader = await inner.open(split, from, environment);
        return {
          ...reader,
          close() {
            release();
            return reader.close();
          },
        };
      },
      ...(inner.commit === undefined
        ? {}
        : {
            async commit(positions) {
              const places = ofProcess.get(process)?.last?.positions[inner.name];
              for (const [split, at] of Object.entries(positions)) if (places !== undefined && !sameValue(places[split], at)) violations.push(`${inner.name} was told that ${shown(at)} of split ${split} is durable; the checkpoint says ${shown(places[split])}`);
              await inner.commit?.(positions);
            },
          }),
    };
  };
  return {
    violations,
    state,
    source,
    sink: (inner, process) => ({
      ...inner,
      async open(context) {
        const writer = await inner.open(context);
        const release = hold(process, `writer of ${inner.name}`);
        return {
          ...writer,
          close(outcome) {
            release();
            return writer.close(outcome);
          },
        };
      },
    }),
    disk: (inner, process) => ({
      ...inner,
      async open(path, mode) {
        const file = await inner.open(path, mode);
        const release = hold(process, `file ${path}`);
        return {
          ...file,
          async close() {
            release();
            await file.close();
          },
        };
      },
    }),
    held: process => [...(open.get(process) ?? [])].filter(([, count]) => count > 0).map(([what]) => what),
    restored: generation => origins.get(generation),
  };
}

function never(): never {
  throw new Error('a snapshot that was there is gone');
}
