/** The tests, with a mutant planted (see mutants.ts): a file that holds, by path, the sources that are other than they stand. */
import { readFileSync } from 'node:fs';
import { mergeConfig } from 'vitest/config';
import tests from '../../vitest.config.js';

const sources = new Map(Object.entries(JSON.parse(readFileSync(process.env['MUTANT_SOURCES'] ?? '', 'utf8')) as { readonly [path: string]: string })); // written by mutants.ts

export default mergeConfig(tests, {
  plugins: [{ name: 'mutant', enforce: 'pre' as const, load: (id: string) => sources.get(id.split('?')[0] ?? '') }],
});
