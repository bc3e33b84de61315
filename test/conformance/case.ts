/** Cases of other engines, as data: what a file of them holds. The words are those of whoever wrote the files; unknown ones may come. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that happens; its number is its place in the list. */
export interface Step {
  readonly op: string;
  readonly [field: string]: unknown;
}

/** What must come of it; a field that is not given is not checked. */
export interface Expected {
  readonly after?: number;
  readonly [field: string]: unknown;
}

export type Params = Readonly<Record<string, unknown>>;

export interface Case {
  readonly id: string;
  readonly kind: string;
  readonly params: Params;
  readonly input: readonly Step[];
  readonly expected: readonly Expected[];
  readonly order: string;
  readonly portability: string;
  readonly notes?: string;
}

/** A case, and the folder its file lies in (files it names lie below). */
export interface Placed {
  readonly case: Case;
  readonly folder: string;
}

/** All cases of all files in a folder, or of one file. Throws an Error that names a file that holds no cases. */
export function readCases(path: string): readonly Placed[] {
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter(name => name.endsWith('.json'))
        .toSorted()
        .map(name => join(path, name))
    : [path];
  if (files.length === 0) throw new Error(`There is no .json file in ${path}.`);
  return files.flatMap(file => {
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases?: readonly Case[] };
    if (cases === undefined || !Array.isArray(cases)) throw new Error(`${file} has no list "cases".`);
    return (cases as readonly Case[]).map(one => ({ case: one, folder: join(file, '..') }));
  });
}
