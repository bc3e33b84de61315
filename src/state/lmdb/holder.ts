/**
 * Who holds a store: a small file beside it that names the process, and whose time of change is its last sign of life. It only saves the second of two instances its start (and tells it whom to look for);
 * what keeps a holder that was taken for dead from writing is the generation inside the store. A claim is made inside a transaction of the store, so that of two that begin together one sees the other.
 */
import { closeSync, fstatSync, futimesSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { durationText } from '../../core/duration.js';
import { MillraceError } from '../../core/errors.js';

const FILE = 'holder.json';
/** Signs of life in the time of a lease. So much longer than the lease it is waited for, since the last sign may be as old as that when the holder's loop begins to be busy. */
const BEATS = 4;

/** What the file says. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Of this run of the machine, and of the process; empty where the system does not tell. */
  readonly boot: string;
  readonly started: string;
  readonly since: number;
  readonly lease: number;
}

/** A holder as it looks from here. */
export interface Found {
  readonly holder: Holder;
  /** When it last gave a sign of life. */
  readonly beat: number;
  readonly state: 'ourselves' | 'dead' | 'alive' | 'silent';
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** When a process began, where the system tells: a later one may have its number. */
const startOf = (pid: number | 'self'): string => {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

const ourselves = (now: number, lease: number): Holder => ({ pid: process.pid, host: hostname(), boot: textOf('/proc/sys/kernel/random/boot_id').trim(), started: startOf('self'), since: now, lease });

const isRunning = ({ pid, started }: Holder): boolean => {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // Of another user, it runs.
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EPERM')) return false;
  }
  const now = startOf(pid);
  return started === '' || now === '' || now === started;
};

const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number' && 'lease' in value && typeof value.lease === 'number' && 'host' in value && 'boot' in value;

/** Looks who holds the store in a folder. */
export function findHolder(folder: string, now: number): Found | undefined {
  let holder: unknown;
  let beat: number;
  try {
    holder = JSON.parse(textOf(join(folder, FILE)));
    beat = Math.round(statSync(join(folder, FILE)).mtimeMs);
  } catch {
    return undefined; // none, or one that is no word of ours: the generation guards the store
  }
  if (!isHolder(holder)) return undefined;
  const us = ourselves(now, 0);
  if (holder.host === us.host && holder.boot === us.boot) {
    if (holder.pid === us.pid && holder.started === us.started) return { holder, beat, state: 'ourselves' };
    if (!isRunning(holder)) return { holder, beat, state: 'dead' };
  }
  // A clock may have been set back: then a sign of life from far ahead is none.
  return { holder, beat, state: Math.abs(now - beat) <= holder.lease * (1 + 1 / BEATS) ? 'alive' : 'silent' };
}

/** Throws if somebody else is alive. */
export function refuseIfHeld(job: string, folder: string, found: Found | undefined, now: number): void {
  if (found?.state !== 'alive') return;
  const { holder, beat } = found;
  throw new MillraceError(
    'state-held',
    `The state of job "${job}" (${folder}) is held by process ${holder.pid} on ${holder.host} since ${new Date(holder.since).toISOString()}; its last sign of life was ${durationText(Math.max(0, Math.round(now - beat)))} ago. End that process, or wait: after ${durationText(holder.lease)} of silence it is taken for dead.`,
  );
}

/** A store that is ours. */
export interface Hold {
  /** Milliseconds between signs of life. */
  readonly every: number;
  beat(now: number): void;
  /** The store is free, unless somebody else holds it by now. */
  release(): void;
}

/** Enters this process as the holder. */
export function takeHold(folder: string, now: number, lease: number): Hold {
  const path = join(folder, FILE);
  const aside = `${path}.${process.pid}`;
  rmSync(aside, { force: true });
  // By its number the file stays ours when another is put at its place.
  const file = openSync(aside, 'wx+', 0o600);
  try {
    writeSync(file, `${JSON.stringify(ourselves(now, lease))}\n`, 0);
    futimesSync(file, now / 1_000, now / 1_000);
    renameSync(aside, path);
  } catch (cause) {
    closeSync(file);
    rmSync(aside, { force: true });
    throw cause;
  }
  let held = true;
  return {
    every: lease / BEATS,
    beat(time) {
      if (held) futimesSync(file, time / 1_000, time / 1_000);
    },
    release() {
      if (!held) return;
      held = false;
      try {
        if (statSync(path).ino === fstatSync(file).ino) rmSync(path, { force: true });
      } catch {
        // It is gone already.
      }
      closeSync(file);
    },
  };
}
