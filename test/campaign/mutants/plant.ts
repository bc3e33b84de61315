/** Plants a mutant: the sources as they would be with the bug. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mutant } from './list.js';

/** By path. Throws when the source is not what the mutant was made for: then it must be made anew, or it would prove nothing. */
export async function planted(root: string, { name, file, from, to, and = [], also = [] }: Mutant): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>();
  const changes = [{ file, from, to }, ...and.map(([before, after]) => ({ file, from: before, to: after })), ...also];
  for (const change of changes) {
    const path = join(root, change.file);
    const text = sources.get(path) ?? (await readFile(path, 'utf8'));
    if (text.split(change.from).length !== 2) throw new Error(`Mutant "${name}": ${change.file} has not exactly one place that reads ${JSON.stringify(change.from)}.`);
    sources.set(path, text.replace(change.from, () => change.to));
  }
  return sources;
}
