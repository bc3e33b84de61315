/** State as text: a line with the manifest, then a line per entry, to be looked at, searched and edited with any tool, and made a savepoint again. */
import { dirname } from 'node:path';
import type { Disk } from '../../core/disk.js';
import { causeText, DataError } from '../../core/errors.js';
import { canonicalKey } from '../../core/key.js';
import type { Manifest } from '../../core/state.js';
import type { Json } from '../../core/values.js';
import type { Trailer } from './layout.js';
import type { SavepointEntry } from './read.js';
import { shown, unshown } from './shown.js';
import { buildSavepoint, type SavepointTarget } from './write.js';

/** What this version writes, and the only one it reads. */
const FORMAT = 1;
const BLOCK = 262_144;

/** Writes a state as text. Resolves with the number of its entries, when the file is durable under its name. */
export async function exportState(state: { readonly manifest: Manifest; parts(): AsyncIterable<readonly Omit<SavepointEntry, 'bytes'>[]> }, disk: Disk, path: string): Promise<number> {
  const aside = `${path}.aside`;
  await disk.makeFolder(dirname(path));
  await disk.remove(aside);
  const file = await disk.open(aside, 'create');
  let entries = 0;
  try {
    let at = 0;
    const write = async (lines: readonly unknown[]): Promise<void> => {
      const bytes = Buffer.from(lines.map(line => `${JSON.stringify(line)}\n`).join(''));
      await file.write(bytes, at);
      at += bytes.length;
    };
    await write([{ millrace: 'state', format: FORMAT, manifest: state.manifest }]);
    for await (const part of state.parts()) {
      entries += part.length;
      await write(part.map(({ step, table, key, sub, value }) => ({ step, table, key: shown(key), ...(sub === undefined ? {} : { sub: shown(sub) }), value: shown(value) })));
    }
    await file.sync();
  } catch (cause) {
    await disk.remove(aside).catch(() => {}); // the first error stands
    throw cause;
  } finally {
    await file.close();
  }
  await disk.rename(aside, path);
  await disk.syncFolder(dirname(path));
  return entries;
}

/** Makes a savepoint of what {@link exportState} wrote. Lines of one table need not stand together. */
export async function importState(from: string, target: SavepointTarget): Promise<Trailer> {
  const lines = linesOf(target.disk, from);
  try {
    return await savepointOf(lines, from, target);
  } finally {
    await lines.return();
  }
}

async function savepointOf(lines: AsyncGenerator<string, void>, from: string, target: SavepointTarget): Promise<Trailer> {
  const first = await lines.next();
  const head = first.done === true ? {} : (parsed(first.value, from, 1) as { readonly millrace?: unknown; readonly format?: unknown; readonly manifest?: Manifest });
  const { manifest } = head;
  if (head.millrace !== 'state' || head.format !== FORMAT || typeof manifest?.job !== 'string') throw new DataError('import', `${from} is no exported state of format ${FORMAT}: its first line does not say so.`);
  return buildSavepoint(target, manifest, async writer => {
    await writer.manifest(manifest);
    let table = '';
    let number = 1;
    for await (const line of lines) {
      number++;
      if (line.trim() === '') continue;
      const entry = parsed(line, from, number);
      const at = JSON.stringify([entry['step'], entry['table']]);
      try {
        const [step, name] = [entry['step'], entry['table']];
        if (typeof step !== 'string' || typeof name !== 'string') throw new DataError('import', 'It names no step and table.');
        const sub = entry['sub'] === undefined ? undefined : unshown(entry['sub']);
        if (sub !== undefined && typeof sub !== 'number' && typeof sub !== 'string') throw new DataError('import', 'The sub-key is neither a number nor a text.');
        if (entry['key'] === undefined || entry['value'] === undefined) throw new DataError('import', 'It has no key or no value.');
        if (at !== table) await writer.table(step, name);
        table = at;
        await writer.entry([canonicalKey(unshown(entry['key'])), sub, unshown(entry['value'])]);
      } catch (cause) {
        throw new DataError('import', `${from}, line ${number}: ${causeText(cause)}`, line.slice(0, 200), { cause });
      }
    }
  });
}

function parsed(line: string, path: string, number: number): { readonly [name: string]: Json } {
  let json: Json;
  try {
    json = JSON.parse(line) as Json;
  } catch (cause) {
    throw new DataError('import', `${path}, line ${number}: ${causeText(cause)}`, line.slice(0, 200), { cause });
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw new DataError('import', `${path}, line ${number}: it is no object.`, line.slice(0, 200));
  return json as { readonly [name: string]: Json }; // no list
}

async function* linesOf(disk: Disk, path: string): AsyncGenerator<string, void> {
  const file = await disk.open(path, 'read');
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    let rest: Buffer[] = [];
    for (let at = 0; ; ) {
      const read = await file.read(block, at);
      if (read === 0) break;
      at += read;
      let from = 0;
      for (let end = block.subarray(0, read).indexOf(10); end >= 0; end = block.subarray(0, read).indexOf(10, from)) {
        yield Buffer.concat([...rest, block.subarray(from, end)]).toString();
        rest = [];
        from = end + 1;
      }
      rest.push(Buffer.from(block.subarray(from, read))); // a copy: the block is read into again
    }
    const last = Buffer.concat(rest).toString();
    if (last !== '') yield last;
  } finally {
    await file.close();
  }
}
