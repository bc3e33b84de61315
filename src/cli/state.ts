/** `millrace state`: what is kept of a job, for people who operate one. It only reads, and claims nothing: the job may be running. */
import { parseArgs } from 'node:util';
import { systemClock } from '../core/clock.js';
import { systemDisk } from '../core/disk.js';
import { causeText, DataError } from '../core/errors.js';
import { canonicalKey } from '../core/key.js';
import type { Manifest } from '../core/state.js';
import type { Json, Key } from '../core/values.js';
import { exportState, importState } from '../state/savepoint/ndjson.js';
import { shown, unshown } from '../state/savepoint/shown.js';
import { placesAt, sightOf, type Sight, signingKey } from './sights.js';

export const USAGE = `millrace state <path>                      checkpoints, steps, tables, sizes
millrace state <path> --step s [--key k]   the entries of a step, or of one key: text, or JSON ('42' is a number, '"42"' a text)
millrace state <path> --verify             reads everything and checks it; ends with 1 if something is damaged
millrace state <path> --export file        all of it as NDJSON, to be read and edited
millrace state <file> --import file        makes a savepoint of exported NDJSON
With MILLRACE_SIGNING_KEY in the environment a savepoint is read only if it is signed with that key, and signed when it is made.
<path> is a savepoint, the folder of a store, or a folder with some of them. Nothing is claimed or changed: the job may be running.`;

/** Where the command writes to. */
export interface Output {
  print(line: string): void;
  complain(line: string): void;
}

const OPTIONS = { step: { type: 'string' }, key: { type: 'string' }, verify: { type: 'boolean' }, export: { type: 'string' }, import: { type: 'string' } } as const;

/** Runs the command; answers with what the process should end with: 0, 1 if something is damaged or missing, 2 if it was asked wrongly. */
export async function stateCommand(args: readonly string[], output: Output): Promise<0 | 1 | 2> {
  let given: ReturnType<typeof parsed>;
  try {
    given = parsed(args);
  } catch (cause) {
    output.complain(causeText(cause));
    output.complain(USAGE);
    return 2;
  }
  const { path, values } = given;
  try {
    if (values.import !== undefined) {
      const { entries, digest } = await importState(values.import, { disk: systemDisk, clock: systemClock, path, signingKey: signingKey() });
      output.print(`${path}: savepoint ${digest.slice(0, 12)}, ${entries} entries`);
      return 0;
    }
    const places = await placesAt(path);
    if (values.export !== undefined && places.length > 1) throw new DataError('usage', `There is more than one state in ${path}: ${places.join(', ')}. Name one.`);
    let outcome: 0 | 1 = 0;
    for (const place of places) {
      try {
        const sight = await sightOf(place);
        try {
          if (!(await show(sight, values, output))) outcome = 1;
        } finally {
          await sight.close();
        }
      } catch (cause) {
        output.complain(`${place}: ${causeText(cause)}`);
        outcome = 1;
      }
    }
    return outcome;
  } catch (cause) {
    output.complain(causeText(cause));
    return 1;
  }
}

function parsed(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0) throw new DataError('usage', 'One path must be given.');
  if (values.key !== undefined && values.step === undefined) throw new DataError('usage', '--key needs --step.');
  return { path, values };
}

type Values = ReturnType<typeof parsed>['values'];

async function show(sight: Sight, { step, key, verify, export: file }: Values, output: Output): Promise<boolean> {
  if (file !== undefined) {
    const { manifest } = sight;
    if (manifest === undefined) throw new DataError('state-empty', 'There is no checkpoint yet.');
    const entries = await exportState({ manifest, parts: () => sight.parts() }, systemDisk, file);
    output.print(`${file}: checkpoint ${manifest.checkpoint} of job "${manifest.job}", ${entries} entries`);
    return true;
  }
  if (step !== undefined) return showEntries(sight, step, key, output);
  for (const line of await summary(sight)) output.print(line);
  if (verify !== true) return true;
  const damage = await sight.verify();
  for (const line of damage) output.complain(`  damaged: ${line}`);
  if (damage.length === 0) output.print('  verified: every entry is as it was written, and none is missing');
  return damage.length === 0;
}

async function showEntries(sight: Sight, step: string, text: string | undefined, output: Output): Promise<boolean> {
  let found = false;
  const print = (entries: Awaited<ReturnType<Sight['get']>>): void => {
    for (const { table, key, sub, value } of entries) {
      found = true;
      output.print(JSON.stringify({ table, key: shown(key), ...(sub === undefined ? {} : { sub }), value: shown(value) }));
    }
  };
  if (text !== undefined) print(await sight.get(step, keyOf(text)));
  else for await (const part of sight.parts(step)) print(part);
  if (!found) output.complain(text === undefined ? `${sight.path}: step "${step}" keeps nothing.` : `${sight.path}: step "${step}" keeps nothing for key ${text}.`);
  return found;
}

/** Text, unless it can be read as a key in JSON. */
function keyOf(text: string): Key {
  try {
    return canonicalKey(unshown(JSON.parse(text) as Json));
  } catch {
    return text;
  }
}

async function summary(sight: Sight): Promise<readonly string[]> {
  const { kind, path, size, generation, manifest, job, id } = sight;
  const lines = [`${path}: ${kind === 'store' ? 'store' : `savepoint ${id?.slice(0, 12) ?? ''}`} of job "${job}", ${size} bytes`];
  if (manifest === undefined) return [...lines, `  generation ${generation}, no checkpoint yet`];
  const { at, checkpoint, origin } = manifest;
  lines.push(`  checkpoint ${checkpoint} of generation ${manifest.generation}${at === undefined ? '' : `, ${new Date(at).toISOString()}`}${generation === manifest.generation ? '' : `; opened since by generation ${generation}`}`);
  if (origin !== undefined) lines.push(`  began with savepoint ${origin.slice(0, 12)}`);
  if (manifest.loading !== undefined) lines.push(`  a part of savepoint ${manifest.loading.slice(0, 12)}: loading it was interrupted`);
  lines.push(...positions(manifest));
  const tables = await sight.tables();
  for (const { step, kind: of = 'step', version } of manifest.plan) {
    const own = tables.filter(table => table.step === step);
    const tokens = manifest.committables[step]?.length ?? 0;
    if (of === 'keyed' || own.length > 0 || tokens > 0) lines.push(`  ${of} "${step}"${of === 'keyed' ? `, version ${version}` : ''}${tokens > 0 ? `: ${tokens} prepared` : ''}`, ...own.map(tableLine));
  }
  for (const table of tables) if (!manifest.plan.some(({ step }) => step === table.step)) lines.push(`  "${table.step}", which the plan does not have`, tableLine(table));
  return lines;
}

const tableLine = ({ table, entries, bytes }: { readonly table: string; readonly entries: number; readonly bytes: number | undefined }): string =>
  `    table "${table}": ${entries} entr${entries === 1 ? 'y' : 'ies'}${bytes === undefined ? '' : `, ${bytes} bytes`}`;

/** Longest text of a position that is shown. */
const SHOWN = 120;

const positions = ({ positions: sources }: Manifest): readonly string[] =>
  Object.entries(sources).flatMap(([source, splits]) => [`  source "${source}"`, ...Object.entries(splits).map(([split, at]) => `    split "${split}": ${at === 'end' ? 'read to its end' : JSON.stringify(at).slice(0, SHOWN)}`)]);
