/** Gate: a folder of src is a floor, and this table says who stands on whom. Change it only together with docs/architecture.md. */
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, librarySources, type HouseFile } from './sources.js';

const everythingBelow = ['core', 'plan', 'windows', 'aggregates', 'watermarks', 'state', 'operators', 'compile', 'inspect', 'runners'];

/** Floor -> the floors it may import. A floor may always import itself. */
const floors: { readonly [floor: string]: readonly string[] } = {
  core: [],
  plan: ['core'],
  windows: ['core'],
  aggregates: ['core'],
  watermarks: ['core'],
  state: ['core'],
  joins: ['core', 'windows', 'aggregates'],
  tables: ['core', 'windows', 'aggregates'],
  patterns: ['core', 'windows', 'aggregates'],
  operators: ['core', 'plan'],
  compile: ['core', 'plan'],
  inspect: ['core', 'plan', 'compile'],
  runners: ['core', 'plan', 'compile', 'state', 'watermarks', 'inspect'],
  stream: [...everythingBelow, 'joins', 'tables', 'patterns'],
  lambda: [...everythingBelow, 'joins', 'tables', 'patterns', 'stream'],
  testing: [...everythingBelow, 'joins', 'tables', 'patterns', 'stream'],
  connectors: ['core'],
  /** Views over HTTP: they need no more of a view than its face. */
  views: ['core', 'plan', 'state', 'operators', 'windows', 'aggregates', 'stream', 'connectors'],
  serve: ['core', 'connectors', 'views'],
  /** Runs in browsers too. */
  client: ['core', 'serve', 'views'],
  /** The command `millrace`: looks at what is kept, and runs nothing. */
  cli: ['core', 'state'],
  /** `src/index.ts`, the main door: what users get without asking for a door of its own. */
  '(door)': [...everythingBelow, 'joins', 'tables', 'patterns', 'stream', 'lambda'],
};

/** Narrower than its floor: only these files, and only types where it says so. */
const onlyTypes: readonly (readonly [floor: string, imports: string])[] = [['inspect', 'compile'], ['serve', 'views'], ['client', 'serve'], ['client', 'views']];

const floorOf = (path: string): string => {
  const [, first = '', second] = path.split('/');
  return second === undefined ? '(door)' : first;
};

function floorComplaints(files: readonly HouseFile[], table = floors): string[] {
  const complaints: string[] = [];
  for (const file of files) {
    const floor = floorOf(file.path);
    const allowed = table[floor];
    if (allowed === undefined) {
      complaints.push(`${file.path}: the floor "${floor}" is not in the table`);
      continue;
    }
    for (const { place, specifier, typeOnly } of importsOf(file)) {
      if (!specifier.startsWith('.')) {
        if (specifier === 'millrace' || specifier.startsWith('millrace/')) complaints.push(`${place}: sources import each other by relative path, not as "${specifier}"`);
        continue;
      }
      const target = floorOf(posix.join(posix.dirname(file.path), specifier));
      if (!specifier.endsWith('.js')) complaints.push(`${place}: "${specifier}" must end in .js`);
      if (target !== floor && !allowed.includes(target)) complaints.push(`${place}: ${floor} may not import ${target} ("${specifier}")`);
      else if (!typeOnly && onlyTypes.some(([from, to]) => from === floor && to === target)) complaints.push(`${place}: ${floor} may import only types of ${target}`);
    }
  }
  return complaints;
}

/** Floors that stand, by any way, on themselves. */
function floorsInACycle(table: { readonly [floor: string]: readonly string[] }): string[] {
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (table[from] ?? []).some(next => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
  return Object.keys(table).filter(floor => reaches(floor, floor));
}

describe('floors', () => {
  it('are obeyed by every import of src', () => expect(floorComplaints(librarySources())).toEqual([]));
  it('have no cycle', () => expect(floorsInACycle(floors)).toEqual([]));

  describe('the gate sees', () => {
    it('a floor that imports the one above', () =>
      expect(floorComplaints([{ path: 'src/core/time.ts', text: `import { Stream } from '../stream/stream.js';` }])).toEqual([
        'src/core/time.ts:1: core may not import stream ("../stream/stream.js")',
      ]));
    it('a type import, an export from and an import() upwards', () =>
      expect(
        floorComplaints([
          { path: 'src/connectors/files/csv.ts', text: `import type { Step } from '../../plan/step.js';\nexport { run } from '../../runners/run.js';\nconst s = await import('../../stream/stream.js');` },
        ]),
      ).toHaveLength(3));
    it('a value where only types are allowed', () =>
      expect(floorComplaints([{ path: 'src/inspect/text.ts', text: `import { metricsOf } from '../compile/metrics.js';\nimport type { Metrics } from '../compile/metrics.js';` }])).toEqual([
        'src/inspect/text.ts:1: inspect may import only types of compile',
      ]));
    it('a new folder, a missing ending and the package by its own name', () =>
      expect(
        floorComplaints([
          { path: 'src/helpers/a.ts', text: '' },
          { path: 'src/plan/a.ts', text: `import '../core/b'; import 'millrace';` },
        ]),
      ).toHaveLength(3));
    it('a cycle in the table', () => expect(floorsInACycle({ a: ['b'], b: ['c'], c: ['a'], d: ['a'] })).toEqual(['a', 'b', 'c']));
  });
});
