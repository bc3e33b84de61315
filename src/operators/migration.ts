/**
 * State of a step in the form of its present version, made of what older versions kept: key by key, when a key is first asked for, and the others a few at a time between records. So a start takes no longer and
 * needs no more memory than without a migration, and a process that dies in the middle leaves both forms behind, each in a table of its own.
 *
 * The table `state` holds what the step kept before its first migration, `state@2` what version 2 kept after one. `forms` says which version an older `state` is of.
 */
import { ConfigurationError, MillraceError, causeText } from '../core/errors.js';
import { keyText } from '../core/key.js';
import type { KeyedContext } from '../core/keyed.js';
import { scannedKeys, type StateTable } from '../core/state.js';
import type { Key } from '../core/values.js';

const STATE = 'state';
const VERSIONED = /^state@(\d+)$/u;
const FORMS = 'forms';

/** Keys brought over at once, if the turn has time for them: records come between. */
const AT_ONCE = 64;

/** Makes a state of what an older version kept. */
type Migrate<S> = (old: unknown, version: number) => S;

/** The states of a step, of all keys. */
export interface States<S> extends Pick<StateTable<S>, 'edit' | 'set' | 'delete'> {
  /** Of all that are known, in the form of any version. */
  keys(): Iterable<Key>;
}

/** What an older version kept. */
interface Older {
  readonly name: string;
  readonly version: number;
  readonly table: StateTable<unknown>;
}

/** The states of the step that is being opened; `version` is its present one. */
export function statesOf<S>(runtime: KeyedContext<never>, version: number, migrate: Migrate<S> | undefined): States<S> {
  const older = olderOf(runtime, version);
  const names = new Set(runtime.tables());
  const own = `${STATE}@${version}`;
  const name = older.length > 0 || names.has(own) ? own : STATE;
  const table = runtime.table<S>(name);
  // Nothing is left in it of the version it was of.
  if (name === STATE && names.has(FORMS)) runtime.table(FORMS).delete(STATE);
  if (older.length > 0 && migrate === undefined) {
    const versions = older.map(old => old.version).join(' and ');
    throw new ConfigurationError([{ code: 'plan-changed', where: runtime.step, what: `some of its keys are still in the form of version ${versions}, and it has no \`migrate\` any more.`, fix: 'Leave `migrate` in until no such key is left (`npx millrace state <folder>` shows a table for each version), or let the state go (`drop`).' }]);
  }
  return older.length === 0 || migrate === undefined ? plain(table) : migrating(runtime, table, older, migrate);
}

function plain<S>(table: StateTable<S>): States<S> {
  return { edit: key => table.edit(key), set: (key, state) => table.set(key, state), delete: key => table.delete(key), keys: () => scannedKeys(table) };
}

/** Tables that hold something of another version, the newest first. */
function olderOf(runtime: KeyedContext<never>, version: number): Older[] {
  const names = [...runtime.tables()];
  const older: Older[] = [];
  for (const name of names) {
    const of = Number(VERSIONED.exec(name)?.[1] ?? Number.NaN);
    if (Number.isInteger(of) && of !== version) older.push({ name, version: of, table: runtime.table(name) });
  }
  if (names.includes(STATE)) {
    const forms = runtime.table<number>(FORMS);
    const of = forms.get(STATE) ?? runtime.restoredVersion ?? version;
    if (of !== version) {
      forms.set(STATE, of);
      older.push({ name: STATE, version: of, table: runtime.table(STATE) });
    }
  }
  return older.sort((a, b) => b.version - a.version);
}

function migrating<S>(runtime: KeyedContext<never>, table: StateTable<S>, older: Older[], migrate: Migrate<S>): States<S> {
  /** Brings a key over, if it is still in an older form. */
  const bring = (key: Key): S | undefined => {
    for (const { table: from, version } of older) {
      const old = from.get(key);
      if (old === undefined) continue;
      let state: S;
      try {
        state = migrate(old, version);
      } catch (cause) {
        throw new MillraceError('step-failed', `Step "${runtime.step}" failed: its \`migrate\` threw for the key ${keyText(key).slice(0, 80)}, kept by version ${version}: ${causeText(cause)}`, { cause });
      }
      if (state === undefined) throw new MillraceError('step-failed', `Step "${runtime.step}" failed: its \`migrate\` gave nothing for the key ${keyText(key).slice(0, 80)}, kept by version ${version}. Return the state of the present version.`);
      table.set(key, state);
      from.delete(key);
      return table.edit(key);
    }
    return undefined;
  };
  /** The keys nobody has asked for, in turns. */
  const walk = function* (): Generator<void> {
    for (let old = older.at(-1); old !== undefined; old = older.at(-1)) {
      let done = 0;
      for (const key of scannedKeys(old.table)) {
        bring(key);
        if (++done % AT_ONCE === 0 || !runtime.pace.go()) yield;
      }
      older.pop();
      runtime.drop(old.name);
      if (old.name === STATE) runtime.table(FORMS).delete(STATE);
    }
  };
  const turns = walk();
  runtime.upkeep(() => turns.next().done !== true);

  return {
    edit: key => table.edit(key) ?? bring(key),
    // Whoever writes or deletes a state has asked for it before.
    set: (key, state) => table.set(key, state),
    delete: key => table.delete(key),
    *keys() {
      yield* scannedKeys(table);
      for (const old of older) yield* scannedKeys(old.table);
    },
  };
}
