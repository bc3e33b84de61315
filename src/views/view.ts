/**
 * A view at work: which version of the batch view counts, which segments of the speed view come on top of it, and one answer made of both. What is read is chosen in one step and never waits in between, so every answer has
 * every event on exactly one side.
 */
import { LRUCache } from 'lru-cache';
import type { Environment } from '../core/clock.js';
import { DataError, MillraceError } from '../core/errors.js';
import { compareKeys, keyText } from '../core/key.js';
import type { LogPositions, MasterLog } from '../core/master-log.js';
import { sameValue } from '../core/same-value.js';
import type { Key, Time } from '../core/values.js';
import type { Answer, EntriesOptions, Entry, Gap, Point, QueryOptions, Range, Reading } from './answer.js';
import { build, type Progress } from './build.js';
import { wholeRange, type Definition } from './definition.js';
import { beginning, least, reaches, same } from './positions.js';
import { memoryRows, type MemoryRows, type Rows } from './rows.js';
import type { CodeChange, Segment, Speed } from './speed.js';
import { unknownVersion, type VersionManifest, type Versions } from './versions.js';

/** A version in memory. */
interface Loaded {
  readonly manifest: VersionManifest;
  readonly rows: MemoryRows;
  /** Long ranges of one key, merged. */
  readonly cache: LRUCache<string, { readonly acc: unknown }>;
  leases: number;
}

/** What one answer reads. */
interface Pin {
  readonly definition: Definition;
  readonly version: Loaded | undefined;
  readonly cut: LogPositions;
  readonly segments: readonly Segment[];
  readonly watermark: Time;
  readonly gaps: readonly Gap[];
}

/** A key and granule whose value is another now. */
export interface ViewChange<out K, out R> extends Range {
  readonly key: K;
  /** Absent: there was none. */
  readonly before?: R | undefined;
  readonly value: R | undefined;
  /** An event came, or another version of the batch view counts. */
  readonly reason: 'event' | 'version';
  readonly version: number;
}

/** How a new version differs from what was answered before it. */
export interface Reconciled {
  /** Rows (of a key and granule) that were compared. */
  readonly rows: number;
  readonly differ: number;
  /** The largest differences first, by number where results are numbers; at most 20. */
  readonly largest: readonly { readonly key: Key; readonly from: Time; readonly before: unknown; readonly after: unknown }[];
}

/** A new version of the batch view. */
export interface Published {
  readonly manifest: VersionManifest;
  /** Absent if it was not asked for. */
  readonly reconciled: Reconciled | undefined;
}

/** How a version is computed. */
export interface PublishOptions {
  /** Compare the new version with what it takes the place of; default true. */
  readonly reconcile?: boolean | undefined;
  /** Build on the version that counts instead of on the beginning of the log: quicker, and does not heal. Default: only if the log does not reach back any more. */
  readonly incremental?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a view is at the moment. */
export interface ViewStatus {
  readonly name: string;
  readonly version: number;
  readonly cut: LogPositions;
  readonly watermark: Time;
  readonly codeHash: string;
  readonly publishing: Progress | undefined;
  /** Of the last publication that failed, if none has succeeded since. */
  readonly lastError: unknown;
  readonly segments: number;
  readonly skipped: number;
}

export interface EngineOptions {
  readonly name: string;
  readonly definition: Definition;
  readonly log: MasterLog;
  readonly keep: number;
  readonly share: number;
  readonly onCodeChange: CodeChange;
  versions(environment: Environment): Versions;
}

/** A consistent view of one moment, to be released. */
export interface Snapshot<K extends Key, R> extends Reading<K, R> {
  release(): Promise<void>;
}

export interface Engine<K extends Key, R> extends Reading<K, R> {
  opened(speed: Speed, environment: Environment): void;
  publish(options?: PublishOptions): Promise<Published>;
  rollback(version: number): Promise<void>;
  versions(): Promise<readonly VersionManifest[]>;
  adopt(version: number): Promise<void>;
  status(): ViewStatus;
  snapshot(): Promise<Snapshot<K, R>>;
  listen(listener: (change: ViewChange<K, R>) => void): () => void;
  replay(definition: Definition, from: LogPositions | undefined, share: number, onProgress?: (progress: Progress) => void): Replaying<K, R>;
}

/** Other code, computed beside the one that answers. */
export interface Replaying<K extends Key, R> {
  readonly caughtUp: Promise<void>;
  diff(): Promise<Reconciled>;
  swap(): Promise<void>;
  rollback(): Promise<void>;
  retire(): Promise<void>;
  /** What the new code answers. */
  readonly shadow: Reading<K, R>;
}

/** Ranges of more granules than this are kept merged, per version. */
const LONG = 64;
const CACHED = 10_000;
const LARGEST = 20;
/** Rows between two turns of the host. */
const ROWS_PER_TURN = 4_096;

export function engineOf<K extends Key, R>(options: EngineOptions): Engine<K, R> {
  const { name, log } = options;
  const definitions = new Map<string, Definition>([[options.definition.codeHash, options.definition]]);
  const loaded = new Map<number, Promise<Loaded>>();
  const listeners = new Set<(change: ViewChange<K, R>) => void>();
  let speed: Speed | undefined;
  let environment: Environment | undefined;
  let versions: Versions | undefined;
  let ready: Promise<void> = Promise.resolve();
  let served: { readonly version: Loaded | undefined; readonly codeHash: string } = { version: undefined, codeHash: options.definition.codeHash };
  /** Positions that snapshots stand on. */
  const pinned = new Set<{ readonly cut: LogPositions; readonly at: LogPositions }>();
  let publishing: Progress | undefined;
  let lastError: unknown;
  let queue: Promise<unknown> = Promise.resolve();

  const running = (): { readonly speed: Speed; readonly versions: Versions; readonly environment: Environment } => {
    if (speed === undefined || versions === undefined || environment === undefined) throw new MillraceError('view-closed', `View "${name}" is not running: give its outputs to \`run\` (\`run([...view.outputs], { name })\`), and ask it then.`);
    return { speed, versions, environment };
  };
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => {});
    return done;
  };
  const load = (manifest: VersionManifest): Promise<Loaded> => {
    let found = loaded.get(manifest.version);
    if (found === undefined) {
      found = running().versions.load(manifest).then(rows => ({ manifest, rows, cache: new LRUCache<string, { readonly acc: unknown }>({ max: CACHED }), leases: 0 }));
      found.catch(() => loaded.delete(manifest.version)); // it may be read again
      loaded.set(manifest.version, found);
    }
    return found;
  };
  const manifestOf = async (version: number): Promise<VersionManifest> => {
    const found = (await running().versions.list()).find(manifest => manifest.version === version);
    if (found === undefined) throw unknownVersion(name, version);
    return found;
  };

  /** What is read by an answer that is made now. */
  const pin = (of: { readonly version: Loaded | undefined; readonly codeHash: string } = served, before?: LogPositions): Pin => {
    const live = running().speed;
    const definition = definitions.get(of.codeHash) ?? options.definition;
    const cut = of.version?.manifest.cut ?? beginning(log.partitions);
    const lane = live.lanes().find(one => one.codeHash === of.codeHash);
    const gaps: Gap[] = [];
    const segments = (lane?.segments ?? []).filter(({ from }) => reaches(from, cut) && (before === undefined || !reaches(from, before)));
    const first = segments[0]?.from ?? before ?? lane?.end ?? live.log.writer.seal();
    if (!same(first, cut)) gaps.push({ reason: lane === undefined ? 'code' : 'speed', from: cut, to: first });
    if (lane?.end !== undefined) gaps.push({ reason: 'code', from: lane.end, to: live.log.writer.durable });
    if (of.version !== undefined && of.version.manifest.from.some(position => position > 0)) gaps.push({ reason: 'speed', from: beginning(log.partitions), to: of.version.manifest.from });
    return { definition, version: of.version, cut, segments, watermark: live.watermark(), gaps };
  };
  const versionOnly = (version: Loaded): Pin => ({
    definition: definitions.get(version.manifest.codeHash) ?? options.definition,
    version,
    cut: version.manifest.cut,
    segments: [],
    watermark: version.manifest.watermark ?? Number.NEGATIVE_INFINITY,
    gaps: [],
  });
  const pinFor = async (asked: QueryOptions | undefined, fixed: Pin | undefined): Promise<Pin> => {
    if (asked?.asOf !== undefined) return versionOnly(await load(await manifestOf(asked.asOf)));
    if (fixed !== undefined) return fixed;
    await ready;
    return pin();
  };

  /** The accumulator of a key over a range; `undefined`: there is nothing. */
  const combined = ({ definition, version, segments }: Pin, key: Key, from: Time, to: Time): { readonly acc: unknown } | undefined => {
    const { aggregate } = definition;
    const sides: readonly Rows[] = version === undefined ? segments : [version.rows, ...segments];
    let acc: unknown;
    let some = false;
    const add = (row: unknown): void => {
      acc = aggregate.merge(some ? acc : aggregate.zero(), row);
      some = true;
    };
    if (aggregate.commutative !== true && sides.length > 1) {
      const rows: { readonly start: Time; readonly acc: unknown }[] = [];
      for (const side of sides) side.each(key, from, to, (start, row) => rows.push({ start, acc: row }));
      // Stable: of one granule the older events come first.
      rows.sort((a, b) => a.start - b.start);
      for (const row of rows) add(row.acc);
      return some ? { acc } : undefined;
    }
    if (version !== undefined) {
      const { start, end } = definition.granule(Number.isFinite(from) ? from : 0);
      if ((to - from) / (end - start) > LONG) {
        const place = `${keyText(key)} ${from} ${to}`;
        let found = version.cache.get(place);
        if (found === undefined) {
          version.rows.each(key, from, to, (_, row) => add(row));
          if (some) version.cache.set(place, (found = { acc: aggregate.merge(aggregate.zero(), acc) }));
        } else add(found.acc);
      } else version.rows.each(key, from, to, (_, row) => add(row));
    }
    for (const segment of segments) segment.each(key, from, to, (_, row) => add(row));
    return some ? { acc } : undefined;
  };
  const resultOf = ({ definition: { aggregate } }: Pin, found: { readonly acc: unknown } | undefined): R => aggregate.result(found === undefined ? aggregate.zero() : found.acc) as R; // results of this aggregate are R
  const answer = <V>({ version, cut, watermark, gaps }: Pin, range: Range, value: V): Answer<V> => ({ value, version: version?.manifest.version ?? 0, cut, watermark, complete: gaps.length === 0 && watermark >= range.to, gaps });

  /** Every key that has anything, once. */
  const keysOf = ({ version, segments }: Pin): Map<string, Key> => {
    const found = new Map<string, Key>();
    for (const side of version === undefined ? segments : [version.rows, ...segments]) for (const key of side.keys()) found.set(keyText(key), key);
    return found;
  };
  const pointsOf = (mine: Pin, key: Key, from: Time, to: Time): Point<R>[] => {
    const starts = new Set<Time>();
    for (const side of mine.version === undefined ? mine.segments : [mine.version.rows, ...mine.segments]) side.each(key, from, to, start => starts.add(start));
    return [...starts].sort((a, b) => a - b).map(start => ({ from: start, to: mine.definition.granule(start).end, value: resultOf(mine, combined(mine, key, start, start + 1)) }));
  };
  const inTurns = async (rows: number): Promise<void> => {
    const { environment: world } = running();
    if (rows % ROWS_PER_TURN === 0) await new Promise<void>(resolve => world.clock.defer(resolve));
  };

  const readingOf = (fixed: Pin | undefined): Reading<K, R> => ({
    async query(key, range, asked) {
      const mine = await pinFor(asked, fixed);
      const whole = wholeRange(mine.definition, range, asked?.partial);
      return answer(mine, whole, resultOf(mine, combined(mine, key, whole.from, whole.to)));
    },
    async queryMany(keys, range, asked) {
      const mine = await pinFor(asked, fixed);
      const whole = wholeRange(mine.definition, range, asked?.partial);
      return answer(mine, whole, keys.map(key => resultOf(mine, combined(mine, key, whole.from, whole.to))));
    },
    async series(key, range, asked) {
      const mine = await pinFor(asked, fixed);
      const whole = wholeRange(mine.definition, range, asked?.partial);
      return answer(mine, whole, pointsOf(mine, key, whole.from, whole.to));
    },
    async entries(range, asked: EntriesOptions<K> = {}) {
      const mine = await pinFor(asked, fixed);
      const whole = wholeRange(mine.definition, range, asked.partial);
      const { keys: { from, to } = {}, after, limit = Number.POSITIVE_INFINITY } = asked;
      const keys = [...keysOf(mine).values()].filter(key => (from === undefined || compareKeys(key, from) >= 0) && (to === undefined || compareKeys(key, to) < 0) && (after === undefined || compareKeys(key, after) > 0)).sort(compareKeys);
      const found: Entry<K, R>[] = [];
      for (const key of keys) {
        if (found.length >= limit) break;
        const acc = combined(mine, key, whole.from, whole.to);
        if (acc !== undefined) found.push({ key: key as K, value: resultOf(mine, acc) }); // keys of the view are K
      }
      return answer(mine, whole, found);
    },
    async top(n, range, asked = {}) {
      const mine = await pinFor(asked, fixed);
      const whole = wholeRange(mine.definition, range, asked.partial);
      if (!Number.isSafeInteger(n) || n < 1) throw new DataError('top', `\`top\` was asked for ${String(n)} keys. Ask for a whole number above 0.`, n);
      const size = asked.by ?? sizeOf;
      const best: { readonly key: Key; readonly value: R; readonly size: number }[] = [];
      for (const key of keysOf(mine).values()) {
        const acc = combined(mine, key, whole.from, whole.to);
        if (acc === undefined) continue;
        const value = resultOf(mine, acc);
        const own = size(value);
        const last = best.at(-1);
        if (best.length >= n && last !== undefined && (own < last.size || (own === last.size && compareKeys(key, last.key) > 0))) continue;
        let at = best.findIndex(one => own > one.size || (own === one.size && compareKeys(key, one.key) < 0));
        if (at < 0) at = best.length;
        best.splice(at, 0, { key, value, size: own });
        if (best.length > n) best.pop();
      }
      return answer(mine, whole, best.map(({ key, value }) => ({ key: key as K, value }))); // as above
    },
  });

  /** Row by row: what differs between two answers. */
  const compare = async (before: Pin, after: Pin, told?: (change: { readonly key: Key; readonly from: Time; readonly before: R | undefined; readonly after: R | undefined }) => void): Promise<Reconciled> => {
    const all: { readonly key: Key; readonly from: Time; readonly before: unknown; readonly after: unknown; readonly size: number }[] = [];
    let rows = 0;
    let differ = 0;
    const keys = keysOf(before);
    for (const [text, key] of keysOf(after)) keys.set(text, key);
    for (const key of keys.values()) {
      const olds = new Map(pointsOf(before, key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map(point => [point.from, point.value]));
      const news = new Map(pointsOf(after, key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map(point => [point.from, point.value]));
      for (const from of new Set([...olds.keys(), ...news.keys()])) {
        await inTurns(++rows);
        const [old, now] = [olds.get(from), news.get(from)];
        if (sameValue(old, now)) continue;
        differ++;
        told?.({ key, from, before: old, after: now });
        const size = typeof old === 'number' && typeof now === 'number' ? Math.abs(now - old) : Number.POSITIVE_INFINITY;
        if (all.length >= LARGEST && size <= (all.at(-1)?.size ?? 0)) continue;
        let at = all.findIndex(one => one.size < size);
        if (at < 0) at = all.length;
        all.splice(at, 0, { key, from, before: old, after: now, size });
        if (all.length > LARGEST) all.pop();
      }
    }
    return { rows, differ, largest: all.map(({ key, from, before: old, after: now }) => ({ key, from, before: old, after: now })) };
  };

  const serve = (version: Loaded | undefined, codeHash: string): void => {
    served = { version, codeHash };
    speed?.prefer(codeHash);
  };
  /** Lets go of versions and segments that nobody can ask for any more. */
  const expire = async (): Promise<void> => {
    const { speed: live, versions: store } = running();
    const list = await store.list();
    const counts = served.version?.manifest.version ?? 0;
    const kept = list.filter(({ version }, i) => version >= counts || i >= list.length - options.keep || [...pinned].some(({ cut }) => same(cut, list[i]?.cut ?? [])));
    for (const { version } of list) {
      if (kept.some(one => one.version === version) || ((await loaded.get(version))?.leases ?? 0) > 0) continue;
      await store.remove(version);
      loaded.delete(version);
    }
    // Where no version counts, all of the speed view does.
    if (counts === 0) {
      if (pinned.size === 0) await live.compact([]);
      return;
    }
    const mine = kept.filter(one => one.codeHash === served.codeHash).map(({ cut }) => cut);
    const oldest = least([...mine, ...[...pinned].map(({ cut }) => cut)]);
    if (oldest !== undefined) await live.forget(served.codeHash, oldest);
    // Code that has stopped counting is kept while a version of it is.
    for (const { codeHash, end } of live.lanes()) if (end !== undefined && codeHash !== served.codeHash && !kept.some(one => one.codeHash === codeHash)) await live.forget(codeHash);
    if (pinned.size === 0) await live.compact(kept.map(({ cut }) => cut));
  };

  const compute = async (definition: Definition, cut: LogPositions, share: number, { incremental, onProgress }: PublishOptions): Promise<VersionManifest> => {
    const { environment: world, versions: store, speed: live } = running();
    const watermark = live.watermark();
    const told = (progress: Progress): void => {
      publishing = progress;
      onProgress?.(progress);
    };
    const base = served.version !== undefined && served.version.manifest.codeHash === definition.codeHash ? served.version : undefined;
    const whole = { environment: world, cut, share, onProgress: told };
    const onBase = async (): Promise<VersionManifest> => {
      if (base === undefined) throw new DataError('view-incremental', `View "${name}" has no version computed by this code to build on.`);
      const more = await build(definition, log, { ...whole, from: base.manifest.cut });
      const rows = memoryRows();
      const { aggregate } = definition;
      let count = 0;
      for (const side of [base.rows, more.rows]) {
        for (const [key, start, acc] of side.all()) {
          rows.update(key, start, before => aggregate.merge(before ?? aggregate.zero(), acc));
          await inTurns(++count);
        }
      }
      return store.add({ from: base.manifest.from, cut, codeHash: definition.codeHash, events: base.manifest.events + more.events, skipped: base.manifest.skipped + more.skipped, watermark: Number.isFinite(watermark) ? watermark : null, createdAt: world.clock.now() }, rows);
    };
    if (incremental === true) return onBase();
    try {
      const from = beginning(log.partitions);
      const { rows, events, skipped } = await build(definition, log, { ...whole, from });
      return await store.add({ from, cut, codeHash: definition.codeHash, events, skipped, watermark: Number.isFinite(watermark) ? watermark : null, createdAt: world.clock.now() }, rows);
    } catch (cause) {
      if (incremental === undefined && base !== undefined && cause instanceof DataError && cause.code === 'log-missing') return onBase();
      throw cause;
    }
  };

  const swapTo = async (version: Loaded | undefined, codeHash: string, reconcile: boolean): Promise<Reconciled | undefined> => {
    const { versions: store } = running();
    const changes: ViewChange<K, R>[] = [];
    let report: Reconciled | undefined;
    if (reconcile || listeners.size > 0) {
      // Both sides stand still: the segments up to here on the one, the version and the segments from its cut to here on the other.
      const at = await running().speed.cut();
      report = await compare(pin(served, at), pin({ version, codeHash }, at), ({ key, from, before, after }) => {
        if (listeners.size > 0) changes.push({ key: key as K, from, to: options.definition.granule(from).end, before, value: after, reason: 'version', version: version?.manifest.version ?? 0 }); // keys of the view are K
      });
    }
    await store.point(version?.manifest.version ?? 0);
    serve(version, codeHash);
    for (const change of changes) for (const listener of listeners) listener(change);
    return reconcile ? report : undefined;
  };
  const publish = (given: PublishOptions = {}): Promise<Published> =>
    inOrder(async () => {
      try {
        await ready;
        const { speed: live } = running();
        const { definition } = options;
        const cut = await live.cut();
        await live.log.committed();
        const manifest = await compute(definition, cut, options.share, given);
        const reconciled = await swapTo(await load(manifest), definition.codeHash, given.reconcile !== false);
        await expire();
        lastError = undefined;
        return { manifest, reconciled };
      } catch (cause) {
        lastError = cause;
        throw cause;
      } finally {
        publishing = undefined;
      }
    });

  /** What is on the disk when a job starts. */
  const begin = async (start: LogPositions): Promise<void> => {
    const { versions: store, speed: live } = running();
    // Versions of events that the job has not ingested: it went back to an earlier checkpoint, and what comes now is another history.
    for (const { version, cut } of await store.list()) if (!reaches(start, cut)) await store.remove(version);
    const list = await store.list();
    const counts = await store.current();
    const manifest = list.find(({ version }) => version === counts) ?? (counts === 0 ? undefined : list.at(-1));
    if (manifest === undefined) return serve(undefined, options.definition.codeHash);
    if (manifest.version !== counts) await store.point(manifest.version);
    const other = manifest.codeHash !== options.definition.codeHash;
    if (other && options.onCodeChange === 'refuse') throw new MillraceError('view-code', `View "${name}": version ${manifest.version} of its batch view was computed by other code (${manifest.codeHash}; this is ${options.definition.codeHash}). To compute it anew from the log while the old one goes on answering, pass \`onCodeChange: 'shadow'\`; to go on as if nothing had changed, \`'warn'\`.`);
    const version = await load(manifest);
    serve(version, other && options.onCodeChange === 'shadow' ? manifest.codeHash : options.definition.codeHash);
    if (other && options.onCodeChange === 'shadow') void live.cut().then(() => publish()).catch(() => {}); // `status()` tells
  };

  /** Around each change of the speed view, while somebody listens. */
  const hear = (): void =>
    speed?.listen(
      listeners.size === 0
        ? undefined
        : (key, { start: from, end: to }, change) => {
            const now = (): R | undefined => {
              const mine = pin();
              const found = combined(mine, key, from, from + 1);
              return found === undefined ? undefined : resultOf(mine, found);
            };
            const before = now();
            change();
            const event: ViewChange<K, R> = { key: key as K, from, to, before, value: now(), reason: 'event', version: served.version?.manifest.version ?? 0 }; // keys of the view are K
            for (const listener of listeners) listener(event);
          },
    );

  return {
    ...readingOf(undefined),
    opened(live, world) {
      speed = live;
      environment = world;
      versions = options.versions(world);
      loaded.clear();
      pinned.clear();
      queue = Promise.resolve();
      const start = live.log.writer.seal();
      ready = begin(start);
      ready.catch(() => {}); // whoever asks is told
      hear();
    },
    publish,
    rollback: version =>
      inOrder(async () => {
        await ready;
        const manifest = await manifestOf(version);
        const to = await load(manifest);
        const mine = pin({ version: to, codeHash: manifest.codeHash });
        if (mine.gaps.length > 0) throw new MillraceError('view-gap', `View "${name}" cannot go back to version ${version}: what came between ${JSON.stringify(mine.gaps[0]?.from)} and ${JSON.stringify(mine.gaps[0]?.to)} is not kept any more. Keep more versions (\`keep\`), or publish anew.`);
        await swapTo(to, manifest.codeHash, false);
      }),
    async versions() {
      return running().versions.list();
    },
    adopt: version =>
      inOrder(async () => {
        await ready;
        const manifest = await manifestOf(version);
        if (manifest.codeHash !== options.definition.codeHash) throw new MillraceError('view-code', `View "${name}": version ${version} was computed by other code (${manifest.codeHash}; this is ${options.definition.codeHash}).`);
        const to = await load(manifest);
        const mine = pin({ version: to, codeHash: manifest.codeHash });
        if (mine.gaps.length > 0) throw new MillraceError('view-gap', `View "${name}" cannot take version ${version}: the speed view does not have what came between ${JSON.stringify(mine.gaps[0]?.from)} and ${JSON.stringify(mine.gaps[0]?.to)}. A cut must be one that \`cut()\` gave.`);
        await swapTo(to, manifest.codeHash, false);
        await expire();
      }),
    status() {
      const { speed: live } = running();
      return {
        name,
        version: served.version?.manifest.version ?? 0,
        cut: served.version?.manifest.cut ?? beginning(log.partitions),
        watermark: live.watermark(),
        codeHash: served.codeHash,
        publishing,
        lastError,
        segments: live.lanes().find(lane => lane.codeHash === served.codeHash)?.segments.length ?? 0,
        skipped: live.skipped,
      };
    },
    async snapshot() {
      await ready;
      const { speed: live } = running();
      const of = served;
      const hold = { cut: of.version?.manifest.cut ?? beginning(log.partitions), at: [] as LogPositions };
      pinned.add(hold);
      if (of.version !== undefined) of.version.leases++;
      let at: LogPositions;
      try {
        at = await live.cut();
      } catch (cause) {
        pinned.delete(hold);
        if (of.version !== undefined) of.version.leases--;
        throw cause;
      }
      const mine = pin(of, at);
      let released = false;
      return {
        ...readingOf(mine),
        async release() {
          if (released) return;
          released = true;
          pinned.delete(hold);
          if (of.version !== undefined) of.version.leases--;
          if (pinned.size === 0) await inOrder(expire);
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
    replay(definition, from, share, onProgress) {
      const { speed: live } = running();
      definitions.set(definition.codeHash, definition);
      const before = served;
      const work = inOrder(async () => {
        await ready;
        if (definition.codeHash === served.codeHash) throw new MillraceError('view-code', `View "${name}": what is to be replayed is the code that answers now. Change the key, the granules, the filter or the aggregate, or raise \`revision\`.`);
        const cut = await live.add(definition);
        await live.log.committed();
        try {
          const { environment: world, versions: store } = running();
          const start = from ?? beginning(log.partitions);
          const { rows, events, skipped } = await build(definition, log, { environment: world, from: start, cut, share, onProgress: progress => ((publishing = progress), onProgress?.(progress)) });
          const watermark = live.watermark();
          return await load(await store.add({ from: start, cut, codeHash: definition.codeHash, events, skipped, watermark: Number.isFinite(watermark) ? watermark : null, createdAt: world.clock.now() }, rows));
        } finally {
          publishing = undefined;
        }
      });
      work.catch(() => {}); // whoever waits for `caughtUp` is told
      const shadow = (): Promise<{ readonly version: Loaded; readonly codeHash: string }> => work.then(version => ({ version, codeHash: definition.codeHash }));
      const reading = async (): Promise<Reading<K, R>> => readingOf(pin(await shadow()));
      return {
        caughtUp: work.then(() => {}),
        shadow: {
          query: async (...asked) => (await reading()).query(...asked),
          queryMany: async (...asked) => (await reading()).queryMany(...asked),
          series: async (...asked) => (await reading()).series(...asked),
          entries: async (...asked) => (await reading()).entries(...asked),
          top: async (...asked) => (await reading()).top(...asked),
        },
        async diff() {
          const next = await shadow();
          return inOrder(async () => {
            const at = await live.cut();
            return compare(pin(before, at), pin(next, at));
          });
        },
        swap: async () => {
          const next = await shadow();
          await inOrder(() => swapTo(next.version, next.codeHash, false));
        },
        rollback: () => inOrder(async () => void (await swapTo(before.version, before.codeHash, false))),
        retire: () =>
          inOrder(async () => {
            if (served.codeHash === before.codeHash) throw new MillraceError('view-code', `View "${name}": the old code answers; swap first.`);
            await live.forget(before.codeHash);
            if (before.version !== undefined) {
              await running().versions.remove(before.version.manifest.version);
              loaded.delete(before.version.manifest.version);
            }
          }),
      };
    },
  };
}

function sizeOf(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw new DataError('top', '`top` was asked of a view whose results are not numbers. Say how large a result is: `top(n, range, { by: result => ... })`.', value);
}
