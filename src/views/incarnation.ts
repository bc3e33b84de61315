/** What a view has of one incarnation of its job: its speed view, the versions there are, and who stands on which of them. */
import { LRUCache } from 'lru-cache';
import type { Environment } from '../core/clock.js';
import type { LogPositions } from '../core/master-log.js';
import type { Found, Loaded } from './pin.js';
import { least, same } from './positions.js';
import type { Speed } from './speed.js';
import { unknownVersion, type VersionManifest, type Versions } from './versions.js';

/** What counts: a version, if there is one, and the lane of the same code. */
export interface Served {
  readonly version: Loaded | undefined;
  readonly codeHash: string;
}

/** One incarnation of the job. */
export interface Running {
  readonly view: string;
  readonly speed: Speed;
  readonly versions: Versions;
  readonly environment: Environment;
  /** What was on the disk is known. */
  ready: Promise<void>;
  readonly loaded: Map<number, Promise<Loaded>>;
  /** Cuts that snapshots and long readings stand on. */
  readonly pinned: Set<{ readonly cut: LogPositions }>;
  /** Something was not let go of because of those. */
  held: boolean;
  /** What changes what counts happens one after the other. */
  queue: Promise<unknown>;
}

/** Long ranges that are kept merged, per version. */
const CACHED = 10_000;

/** The rows of a version, read once. */
export function load({ loaded, versions, environment: { signal } }: Running, manifest: VersionManifest): Promise<Loaded> {
  let found = loaded.get(manifest.version);
  if (found === undefined) {
    if (loaded.size === 0) signal.addEventListener('abort', () => loaded.forEach(close), { once: true });
    found = versions.load(manifest).then(rows => ({ manifest, rows, cache: new LRUCache<string, Found>({ max: CACHED }), leases: 0 }));
    found.catch(() => loaded.delete(manifest.version)); // it may be read again
    loaded.set(manifest.version, found);
    if (signal.aborted) close(found);
  }
  return found;
}

const close = (version: Promise<Loaded>): void => void version.then(({ rows }) => rows.close?.()).catch(() => {}); // one that could not be loaded has nothing open

/** Forgets the rows of a version that was removed. */
export function unload({ loaded }: Running, version: number): void {
  const found = loaded.get(version);
  loaded.delete(version);
  if (found !== undefined) close(found);
}

/** What a version says of itself. */
export async function manifestOf({ view, versions }: Running, version: number): Promise<VersionManifest> {
  const found = (await versions.list()).find(manifest => manifest.version === version);
  if (found === undefined) throw unknownVersion(view, version);
  return found;
}

/** A version, or, where it is damaged, the one of the same code before it, which says the same with more of the speed view. */
export async function newestWhole(mine: Running, list: readonly VersionManifest[], from: VersionManifest, damaged: (cause: unknown) => void): Promise<Loaded | undefined> {
  for (const manifest of [from, ...list.toReversed().filter(({ version, codeHash }) => version < from.version && codeHash === from.codeHash)]) {
    try {
      return await load(mine, manifest);
    } catch (cause) {
      damaged(cause);
    }
  }
  return undefined;
}

/** Tells the log what of it versions may be computed on: what lies behind their cuts. Without one, all of it. */
export function need({ speed, view }: Running, versions: readonly VersionManifest[]): void {
  const from = least(versions.map(({ cut }) => cut));
  if (from !== undefined) speed.log.need(view, from);
}

/** Lets go of versions and segments that nobody can ask for any more. */
export async function expire(mine: Running, served: Served, keep: number): Promise<void> {
  const { speed, versions, loaded, pinned } = mine;
  mine.held = pinned.size > 0;
  const list = await versions.list();
  const counts = served.version?.manifest.version ?? 0;
  const cuts = [...pinned].map(({ cut }) => cut);
  const kept: VersionManifest[] = [];
  for (const [i, manifest] of list.entries()) {
    const { version, cut } = manifest;
    if (version >= counts || i >= list.length - keep || cuts.some(at => same(at, cut)) || ((await loaded.get(version))?.leases ?? 0) > 0) kept.push(manifest);
    else {
      await versions.remove(version);
      unload(mine, version);
    }
  }
  await versions.sweep(counts);
  // Where no version counts, all of the speed view does.
  if (counts > 0) {
    need(mine, kept);
    const oldest = least([...kept.filter(({ codeHash }) => codeHash === served.codeHash).map(({ cut }) => cut), ...cuts]);
    if (oldest !== undefined) await speed.forget(served.codeHash, oldest);
    // Code that has stopped counting is kept while a version of it is.
    for (const { codeHash, end } of speed.lanes()) if (end !== undefined && codeHash !== served.codeHash && !kept.some(one => one.codeHash === codeHash)) await speed.forget(codeHash);
  }
  if (pinned.size === 0) await speed.compact(kept.map(({ cut }) => cut));
}
