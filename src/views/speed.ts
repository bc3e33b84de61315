/**
 * The speed view: what the events came to that the batch view does not have, by key and granule, in segments cut by log position. It stands in the job's state, so after a crash it is exactly where the log is.
 *
 * A *lane* is what one version of the code has counted. Usually there is one; while new code is tried beside the old one, both count the same events.
 */
import { JobEnded, MillraceError } from '../core/errors.js';
import type { Aggregate, SomeAccumulator } from '../core/aggregate.js';
import type { KeyedContext, KeyedStage } from '../core/keyed.js';
import type { LogPositions } from '../core/master-log.js';
import type { StateTable } from '../core/state.js';
import type { Key, Time } from '../core/values.js';
import type { Definition } from './definition.js';
import type { OpenLog } from './log-step.js';
import type { Rows } from './rows.js';
import { reaches, same } from './positions.js';
import { before as rowsBefore, tableRows, type Before } from './table-rows.js';

/** The rows of the events from one position of the log to the beginning of the next segment. */
export interface Segment extends Rows {
  readonly id: number;
  readonly from: LogPositions;
}

/** What one version of the code has counted. */
export interface Lane {
  readonly codeHash: string;
  /** Where it stopped counting, if it does not count any more. */
  readonly end: LogPositions | undefined;
  readonly segments: readonly Segment[];
}

/** One change, for those who listen. */
export type Listener = (key: Key, granule: { readonly start: Time; readonly end: Time }, change: () => void) => void;

/** The speed view of a running job. Its methods that wait do what they do between two events. */
export interface Speed {
  readonly log: OpenLog;
  lanes(): readonly Lane[];
  watermark(): Time;
  /** Events that were left out because the code threw. */
  readonly skipped: number;
  /** Ends the segments of all lanes here; answers where. */
  cut(): Promise<LogPositions>;
  /** A lane for other code, from here on. */
  add(definition: Definition): Promise<LogPositions>;
  /** Forgets a lane, or the segments of it that begin below `before`. */
  forget(codeHash: string, before?: LogPositions): Promise<void>;
  /** Why a lane that does not answer has stopped counting: its code threw. */
  failure(codeHash: string): { readonly cause: unknown } | undefined;
  /** Makes one segment of those that stand side by side, but for those that begin at one of these positions. */
  compact(boundaries: readonly LogPositions[]): Promise<void>;
  /** The lane that answers; it is the one that is listened to. */
  prefer(codeHash: string): void;
  /** Segments of one lane as they are now, for a reading that takes several turns, until it is over. They must not be forgotten or made one meanwhile. */
  still(segments: readonly Segment[], aggregate: Aggregate<unknown, SomeAccumulator, unknown>): { readonly segments: readonly Segment[]; over(): void };
  /** Called around each change of the lane that answers. */
  listen(listener: Listener | undefined): void;
}

/** What a lane is in the state. */
interface SavedLane {
  readonly id: number;
  codeHash: string;
  /** Where it stopped counting. */
  end?: LogPositions;
  segments: { readonly id: number; readonly from: LogPositions }[];
}
interface Saved {
  next: number;
  lanes: SavedLane[];
}

/** What is done about state that other code has written. */
export type CodeChange = 'refuse' | 'warn' | 'shadow';

export interface SpeedOptions {
  readonly name: string;
  readonly definition: Definition;
  readonly partitions: number;
  readonly onCodeChange: CodeChange;
  openLog(context: KeyedContext<unknown>): OpenLog;
  /** Told of the speed view of each incarnation. */
  opened(speed: Speed, context: KeyedContext<unknown>): void;
}

const LANES = 'lanes';

export function speedStage(options: SpeedOptions): KeyedStage<unknown> {
  const { name, definition, onCodeChange } = options;
  return {
    version: 1,
    // Other code is this stage's own affair.
    signature: { view: name },
    open(context) {
      const log = options.openLog(context);
      const saved = context.table<Saved>(LANES);
      const meta: Saved = saved.edit('all') ?? { next: 1, lanes: [] };
      const definitions = new Map<number, Definition>();
      const failures = new Map<string, { readonly cause: unknown }>();
      const tables = new Map<number, StateTable<unknown>>();
      const tableOf = (segment: number): StateTable<unknown> => {
        let table = tables.get(segment);
        if (table === undefined) tables.set(segment, (table = context.table<unknown>(`segment-${segment}`)));
        return table;
      };
      const begin = (lane: SavedLane, from: LogPositions): void => {
        const last = lane.segments.at(-1);
        if (last !== undefined && same(last.from, from)) return;
        lane.segments.push({ id: meta.next++, from });
      };
      const make = (codeHash: string, from: LogPositions): SavedLane => {
        const lane: SavedLane = { id: meta.next++, codeHash, segments: [] };
        begin(lane, from);
        meta.lanes.push(lane);
        return lane;
      };
      /** Tables that count, each with its definition: what a record goes through. */
      let counting: { readonly definition: Definition; readonly table: StateTable<unknown> }[] = [];
      const changed = (): void => {
        saved.set('all', meta);
        counting = meta.lanes.flatMap(lane => {
          const code = failures.has(lane.codeHash) ? undefined : definitions.get(lane.id);
          const last = lane.segments.at(-1);
          return lane.end === undefined && code !== undefined && last !== undefined ? [{ definition: code, table: tableOf(last.id) }] : [];
        });
      };

      const here = (): LogPositions => log.writer.seal();
      let mine = meta.lanes.find(lane => lane.codeHash === definition.codeHash && lane.end === undefined) ?? meta.lanes.find(lane => lane.codeHash === definition.codeHash);
      const other = meta.lanes.find(lane => lane.end === undefined);
      if (mine === undefined && other !== undefined) {
        if (onCodeChange === 'refuse') throw new MillraceError('view-code', `View "${name}" was computed by other code (${other.codeHash}; this is ${definition.codeHash}): its key, granules, filter or aggregate has changed. To compute it anew from the log while it goes on answering, pass \`onCodeChange: 'shadow'\`; to go on as if nothing had changed, \`'warn'\`.`);
        if (onCodeChange === 'warn') {
          if (!definition.reads(other.codeHash)) throw new MillraceError('view-code', `View "${name}" was computed with another aggregate or other granules, whose numbers this code cannot read. Pass \`onCodeChange: 'shadow'\` to compute it anew from the log.`);
          other.codeHash = definition.codeHash;
          mine = other;
        }
      }
      // A log that was there before the view: it counts from here on, and lacks what is before.
      mine ??= make(definition.codeHash, here());
      // Code that was left and is back: what came meanwhile is missing.
      if (mine.end !== undefined) {
        const again = make(definition.codeHash, here());
        mine = again;
      }
      definitions.set(mine.id, definition);
      for (const lane of meta.lanes) if (lane !== mine && lane.end === undefined) lane.end = here();
      // The lane that answers comes first.
      meta.lanes.sort((a, b) => Number(b === mine) - Number(a === mine));
      changed();

      let skipped = 0;
      let listener: Listener | undefined;
      const readings = new Set<Before>();
      const rejected = context.counter('rejected');
      const inTurn = <T>(work: () => T): Promise<T> => {
        const { signal } = context.environment;
        if (log.ended) return Promise.resolve().then(work);
        return new Promise<T>((resolve, reject) => {
          const answer = (): void => {
            try {
              resolve(work());
            } catch (cause) {
              reject(cause instanceof Error ? cause : new Error(String(cause)));
            }
          };
          // A job that has come to its end takes no more turns, and what it has is as it will stay.
          const over = (): void => (signal.reason instanceof JobEnded ? answer() : reject(new MillraceError('view-closed', `View "${name}": the job has failed.`, { cause: signal.reason })));
          if (signal.aborted) return over();
          signal.addEventListener('abort', over, { once: true });
          context.outside(() => {
            signal.removeEventListener('abort', over);
            answer();
          });
        });
      };
      const dropSegments = (lane: SavedLane, gone: (segment: { readonly from: LogPositions }, index: number) => boolean): void => {
        const kept: SavedLane['segments'] = [];
        lane.segments.forEach((segment, index) => {
          if (!gone(segment, index)) return void kept.push(segment);
          tables.delete(segment.id);
          context.drop(`segment-${segment.id}`);
        });
        lane.segments = kept;
      };
      options.opened(
        {
          log,
          lanes: () => meta.lanes.map(({ codeHash, end, segments }) => ({ codeHash, end, segments: segments.map(({ id, from }) => ({ ...tableRows(tableOf(id)), id, from })) })),
          watermark: context.watermark,
          get skipped() {
            return skipped;
          },
          cut: () =>
            inTurn(() => {
              const at = here();
              for (const lane of meta.lanes) if (lane.end === undefined) begin(lane, at);
              changed();
              return at;
            }),
          add: code =>
            inTurn(() => {
              const at = here();
              const found = meta.lanes.find(lane => lane.codeHash === code.codeHash && lane.end === undefined);
              if (found !== undefined) return found.segments[0]?.from ?? at;
              const lane = make(code.codeHash, at);
              definitions.set(lane.id, code);
              changed();
              return at;
            }),
          forget: (codeHash, before) =>
            inTurn(() => {
              for (const lane of meta.lanes.filter(one => one.codeHash === codeHash)) {
                dropSegments(lane, ({ from }, index) => before === undefined || (index < lane.segments.length - 1 && !reaches(from, before)));
                if (before === undefined) meta.lanes = meta.lanes.filter(one => one !== lane);
              }
              changed();
            }),
          compact: boundaries =>
            inTurn(() => {
              for (const lane of meta.lanes) {
                const code = definitions.get(lane.id);
                if (code === undefined) continue;
                for (let i = lane.segments.length - 1; i > 0; i--) {
                  const [into, from] = [lane.segments[i - 1], lane.segments[i]];
                  if (into === undefined || from === undefined || boundaries.some(at => same(at, from.from))) continue;
                  const older = tableOf(into.id);
                  for (const [key, start, acc] of tableOf(from.id).scan()) {
                    if (start === undefined) continue;
                    const before = older.edit(key, start);
                    older.set(key, code.aggregate.merge(before ?? code.aggregate.zero(), acc), start);
                  }
                  dropSegments(lane, segment => segment === from);
                }
              }
              changed();
            }),
          failure: codeHash => failures.get(codeHash),
          prefer(codeHash) {
            meta.lanes.sort((a, b) => Number(b.codeHash === codeHash) - Number(a.codeHash === codeHash));
            changed();
          },
          still(segments, aggregate) {
            const mine = rowsBefore(aggregate);
            readings.add(mine);
            return { segments: segments.map(({ id, from }) => ({ ...mine.rows(tableOf(id)), id, from })), over: () => void readings.delete(mine) };
          },
          listen: given => (listener = given),
        },
        context,
      );

      const count = (code: Definition, table: StateTable<unknown>, value: unknown, time: Time, first: boolean): void => {
        const key = code.keyOf(value);
        if (key === undefined) return;
        const granule = code.granule(time);
        const { start } = granule;
        const change = (): void => {
          const before = table.edit(key, start);
          for (const reading of readings) reading.save(table, key, start, before);
          const after = code.add(before, value, time);
          if (after !== before) table.set(key, after, start);
        };
        if (first && listener !== undefined) listener(key, granule, change);
        else change();
      };
      return {
        data(_input, _key, value, time) {
          for (let i = 0; i < counting.length; i++) {
            const lane = counting[i];
            if (lane === undefined) continue;
            try {
              count(lane.definition, lane.table, value, time, i === 0);
            } catch (cause) {
              if (i > 0 && lane.definition.policy === 'fail') {
                // What is only tried does not fail the job; its code counts no more.
                failures.set(lane.definition.codeHash, { cause });
                counting = counting.filter(one => one !== lane);
                i--;
                continue;
              }
              if (lane.definition.policy === 'fail') return context.failed({ input: value, cause, time, attempts: 1 });
              if (i > 0) continue;
              skipped++;
              rejected.value++;
            }
          }
        },
        timer: () => {},
      };
    },
  };
}
