/**
 * A view at work: which version of the batch view counts, which segments of the speed view come on top of it, and how that changes. What an answer reads is chosen in one step, so every answer has every event on exactly one
 * side.
 */
import type { Environment } from '../core/clock.js';
import { MillraceError } from '../core/errors.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import type { Key } from '../core/values.js';
import type { Gap, Reading } from './answer.js';
import type { Progress } from './build.js';
import { changesOf } from './changes.js';
import { compare, type Reconciled } from './compare.js';
import { computeAll, computeOn, type ComputeOptions } from './compute.js';
import type { Definition } from './definition.js';
import { changing, hold, standing } from './hold.js';
import { expire, load, manifestOf, need, newestWhole, type Running, type Served } from './incarnation.js';
import type { Loaded, Pin } from './pin.js';
import { beginning, reaches, same } from './positions.js';
import { readingOf, told } from './reading.js';
import { replayOf, type ReplaySettings } from './replay.js';
import type { CodeChange, Speed } from './speed.js';
import { turnsOf, type Turns } from './turns.js';
import type { VersionManifest, Versions } from './versions.js';
import type { Workers } from './workers.js';
import type { Published, PublishOptions, Replay, Snapshot, ViewChange, ViewStatus } from './view.js';

export interface EngineOptions {
  readonly name: string;
  readonly definition: Definition;
  readonly log: MasterLog;
  readonly keep: number;
  /** There is a batch side, which may need all of the log; else the speed view has everything, and the log is for replays. */
  readonly batch: boolean;
  readonly share: number;
  readonly workers: Workers | undefined;
  /** In bytes, for computing a version. */
  readonly memory: number;
  readonly onCodeChange: CodeChange;
  versions(environment: Environment): Versions;
}

export interface Engine<K extends Key, R> extends Reading<K, R> {
  /** Each incarnation of the job brings a speed view of its own. */
  opened(speed: Speed, environment: Environment): void;
  publish(options?: PublishOptions): Promise<Published>;
  rollback(version: number): Promise<void>;
  adopt(version: number): Promise<void>;
  versions(): Promise<readonly VersionManifest[]>;
  status(): ViewStatus;
  snapshot(): Promise<Snapshot<K, R>>;
  listen(listener: (change: ViewChange<K, R>) => void): () => void;
  replay(definition: Definition, settings: ReplaySettings): Replay<K, R>;
}

export function engineOf<K extends Key, R>(options: EngineOptions): Engine<K, R> {
  const { name, log, definition } = options;
  const zero = beginning(log.partitions);
  const definitions = new Map<string, Definition>([[definition.codeHash, definition]]);
  let current: Running | undefined;
  let publishing: Progress | undefined;
  let lastError: unknown;
  const changes = changesOf<K, R>(cause => void (lastError = cause));
  const { listeners } = changes;

  const none: Served = { version: undefined, codeHash: definition.codeHash };
  let served = none;
  const running = (): Running => {
    if (current === undefined) throw new MillraceError('view-closed', `View "${name}" is not running: give its outputs to \`run\` (\`run([...view.outputs], { name })\`), and ask it then.`);
    return current;
  };
  const inOrder = <T>(work: (mine: Running) => Promise<T>): Promise<T> => {
    const mine = running();
    const done = mine.queue.then(async () => {
      await mine.ready;
      return work(mine);
    });
    mine.queue = done.catch(() => {});
    return done;
  };
  /** State on a disk is closed with its job; state in memory can still be read. */
  const closed = (cause: unknown): unknown => (cause instanceof MillraceError || current?.speed.log.ended !== true ? cause : new MillraceError('view-closed', `View "${name}": the job has ended, and its state is closed. Start it again to ask.`, { cause }));
  const turns = (): Turns => turnsOf(running().environment.clock);

  /** The definition that reads what code of this hash has written. */
  const readerOf = (codeHash: string): Definition => {
    const found = definitions.get(codeHash);
    if (found !== undefined) return found;
    if (definition.reads(codeHash)) return definition;
    throw new MillraceError('view-code', `View "${name}": what there is was computed with another aggregate or other granules (${codeHash}), which this code cannot read. It is being computed anew, or has to be: \`publish()\`.`);
  };
  const before = (version: Loaded | undefined): readonly Gap[] => (version === undefined || same(version.manifest.from, zero) ? [] : [{ reason: 'speed', from: zero, to: version.manifest.from }]);

  /** Lets go of what a long reading has kept. */
  const released = (mine: Running) => (): void => {
    if (mine.pinned.size === 0 && mine.held && mine === current && !mine.speed.log.ended) inOrder(now => expire(now, served, options.keep)).catch((cause: unknown) => (lastError = cause));
  };
  /** What is read by an answer that is made now; with `upTo`, of the segments below it. */
  const pin = ({ version, codeHash }: Served = served, upTo?: LogPositions): Pin => {
    const mine = running();
    const { speed } = mine;
    const cut = version?.manifest.cut ?? zero;
    const lane = speed.lanes().find(one => one.codeHash === codeHash);
    const end = speed.log.writer.durable;
    const segments = (lane?.segments ?? []).filter(({ from }) => reaches(from, cut) && (upTo === undefined || !reaches(from, upTo)));
    const first = segments[0]?.from ?? upTo ?? lane?.end ?? end;
    const gaps: Gap[] = [...before(version)];
    if (!same(first, cut)) gaps.push({ reason: lane === undefined ? 'code' : 'speed', from: cut, to: first });
    if (lane?.end !== undefined && !same(lane.end, end)) gaps.push({ reason: 'code', from: lane.end, to: end });
    const found = { definition: readerOf(codeHash), version, cut, segments, watermark: speed.watermark(), gaps };
    return upTo === undefined ? changing(mine, found, released(mine)) : standing(found);
  };
  const asOf = async (number: number): Promise<Pin> => {
    const mine = running();
    await mine.ready;
    const version = await load(mine, await manifestOf(mine, number));
    const { codeHash, cut, watermark } = version.manifest;
    return standing({ definition: readerOf(codeHash), version, cut, segments: [], watermark: watermark ?? Number.NEGATIVE_INFINITY, gaps: before(version) });
  };
  const reading = (pinned: () => Promise<Pin> | Pin): Reading<K, R> => told(readingOf<K, R>(async asked => (asked?.asOf === undefined ? pinned() : asOf(asked.asOf)), turns), closed);

  const serve = (next: Served): void => {
    served = next;
    running().speed.prefer(next.codeHash);
  };
  const computing = ({ speed, versions, environment }: Running, code: Definition, cut: LogPositions, share: number, onProgress: ((progress: Progress) => void) | undefined): ComputeOptions => ({
    view: name,
    definition: code,
    log,
    versions,
    environment,
    // What is asked for after the job's end has no end but its own.
    signal: speed.log.ended ? undefined : environment.signal,
    cut,
    watermark: speed.watermark(),
    share,
    memory: options.memory,
    reading: from => speed.log.reading(from),
    // Workers know the code of the view, and none that is tried.
    workers: code === definition ? options.workers : undefined,
    onProgress(progress) {
      publishing = progress;
      onProgress?.(progress);
    },
  });
  /** Another version counts from now on. */
  const swapTo = async ({ speed, versions }: Running, next: Served, reconcile: boolean): Promise<Reconciled | undefined> => {
    const found: ViewChange<K, R>[] = [];
    const version = next.version?.manifest.version ?? 0;
    let report: Reconciled | undefined;
    // What cannot be read cannot be compared.
    if ((reconcile || listeners.size > 0) && (definitions.has(served.codeHash) || definition.reads(served.codeHash))) {
      // Both sides stand still: the segments up to here on the one, the version and the segments from its cut to here on the other.
      const at = await speed.cut();
      const { granule } = readerOf(next.codeHash);
      report = await compare<R>(pin(served, at), pin(next, at), turns(), ({ key, from, before: old, after }) => {
        if (listeners.size > 0) found.push({ key: key as K, from, to: granule(from).end, before: old, value: after, reason: 'version', version }); // keys of the view are K
      });
    }
    await versions.point(version);
    serve(next);
    changes.tell(found);
    return reconcile ? report : undefined;
  };
  /** A version that is there counts from now on, if nothing between it and the speed view is missing. */
  const take = async (mine: Running, number: number, missing: (gap: Gap) => string): Promise<void> => {
    const manifest = await manifestOf(mine, number);
    const next: Served = { version: await load(mine, manifest), codeHash: manifest.codeHash };
    const [gap] = pin(next).gaps;
    if (gap !== undefined) throw new MillraceError('view-gap', missing(gap));
    await swapTo(mine, next, false);
  };
  const publish = (given: PublishOptions = {}): Promise<Published> =>
    inOrder(async mine => {
      const { speed } = mine;
      try {
        const cut = await speed.cut();
        await speed.log.committed();
        const base = served.version?.manifest.codeHash === definition.codeHash ? served.version : undefined;
        const work = computing(mine, definition, cut, options.share, given.onProgress);
        const manifest = await (given.incremental === true ? computeOn(base, work) : computeAll(given.incremental === false ? undefined : base, work));
        const reconciled = await swapTo(mine, { version: await load(mine, manifest), codeHash: definition.codeHash }, given.reconcile !== false);
        await expire(mine, served, options.keep);
        lastError = undefined;
        return { manifest, reconciled };
      } catch (cause) {
        lastError = closed(cause);
        throw lastError;
      } finally {
        publishing = undefined;
      }
    });

  /** What is on the disk when a job starts. */
  const begin = async (mine: Running, start: LogPositions): Promise<void> => {
    const { versions } = mine;
    // Versions of events that the job has not ingested: it went back to an earlier checkpoint, and what comes now is another history.
    for (const { version, cut } of await versions.list()) {
      if (reaches(start, cut)) continue;
      lastError = new MillraceError('view-ahead', `View "${name}": version ${version} counts events up to ${JSON.stringify(cut)}, and the job goes on from ${JSON.stringify(start)}: it went back to an earlier checkpoint. The version was removed.`);
      await versions.remove(version);
    }
    const list = await versions.list();
    const counts = await versions.current();
    const pointed = list.find(({ version }) => version === counts);
    // What this code has computed, pointed to or not, is what it can go on with.
    const found = pointed?.codeHash === definition.codeHash ? pointed : (list.findLast(({ codeHash }) => codeHash === definition.codeHash) ?? pointed ?? (counts === 0 ? undefined : list.at(-1)));
    if (found === undefined) return serve(none);
    const other = found.codeHash !== definition.codeHash;
    if (other && (options.onCodeChange === 'refuse' || (options.onCodeChange === 'warn' && !definition.reads(found.codeHash))))
      throw new MillraceError('view-code', `View "${name}": version ${found.version} of its batch view was computed by other code (${found.codeHash}; this is ${definition.codeHash}). To compute it anew from the log while the old one goes on answering, pass \`onCodeChange: 'shadow'\`; to go on as if nothing had changed, \`'warn'\` (where aggregate and granules are the same).`);
    const shadow = other && options.onCodeChange === 'shadow';
    const version = await newestWhole(mine, list, found, cause => (lastError = cause));
    if (version === undefined) return serve(none);
    if (version.manifest.version !== counts) await versions.point(version.manifest.version);
    serve({ version, codeHash: shadow ? found.codeHash : definition.codeHash });
    if (!shadow && options.batch) need(mine, list);
    if (shadow) publish().catch(() => {}); // `status()` tells
  };

  /** Around each change of the speed view, while somebody listens. */
  const hear = (): void =>
    current?.speed.listen(
      listeners.size === 0
        ? undefined
        : (key, granule, change) => changes.around(pin(), key, granule, change),
    );

  return {
    ...reading(async () => {
      await running().ready;
      return pin();
    }),
    opened(speed, environment) {
      const mine: Running = { view: name, speed, environment, versions: options.versions(environment), ready: Promise.resolve(), loaded: new Map(), pinned: new Set(), held: false, queue: Promise.resolve() };
      current = mine;
      lastError = undefined;
      if (!options.batch) speed.log.need(name, zero.map(() => Number.POSITIVE_INFINITY));
      (mine.ready = begin(mine, speed.log.writer.seal())).catch(() => {}); // whoever asks is told
      hear();
    },
    publish,
    rollback: version => inOrder(mine => take(mine, version, ({ from, to }) => `View "${name}" cannot go back to version ${version}: what came between ${JSON.stringify(from)} and ${JSON.stringify(to)} is not kept any more. Keep more versions (\`batch.keep\`), or publish anew.`)),
    adopt: version =>
      inOrder(async mine => {
        const { codeHash } = await manifestOf(mine, version);
        if (codeHash !== definition.codeHash) throw new MillraceError('view-code', `View "${name}": version ${version} was computed by other code (${codeHash}; this is ${definition.codeHash}).`);
        // Whoever wrote it, all of its rows can be read.
        for await (const rows of (await load(mine, await manifestOf(mine, version))).rows.scan({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, turns())) void rows;
        await take(mine, version, ({ from, to }) => `View "${name}" cannot take version ${version}: the speed view does not have what came between ${JSON.stringify(from)} and ${JSON.stringify(to)}. A version must end where one that was published ends.`);
        await expire(mine, served, options.keep);
      }),
    versions: async () => running().versions.list(),
    status() {
      const { speed } = running();
      return {
        name,
        version: served.version?.manifest.version ?? 0,
        cut: served.version?.manifest.cut ?? zero,
        watermark: speed.watermark(),
        codeHash: served.codeHash,
        publishing,
        lastError: lastError ?? speed.log.untrimmed,
        segments: speed.lanes().find(lane => lane.codeHash === served.codeHash)?.segments.length ?? 0,
        skipped: speed.skipped,
      };
    },
    async snapshot() {
      const mine = running();
      await mine.ready;
      const of = served;
      const letGo = hold(mine, of.version, of.version?.manifest.cut ?? zero);
      let kept: Pin;
      try {
        kept = pin(of, await mine.speed.cut());
      } catch (cause) {
        letGo();
        throw cause;
      }
      let released = false;
      return {
        ...reading(() => kept),
        async release() {
          if (released) return;
          released = true;
          letGo();
          if (mine.pinned.size === 0 && mine === current && !mine.speed.log.ended) await inOrder(now => expire(now, served, options.keep));
        },
      };
    },
    listen(listener) {
      listeners.add(listener);
      hear();
      return () => {
        listeners.delete(listener);
        hear();
      };
    },
    replay: (code, given) => replayOf({ view: name, log, served: () => served, running, inOrder, computing, pin, reading, swapTo, turns, know: known => void definitions.set(known.codeHash, known), over: () => void (publishing = undefined) }, code, given),
  };
}
