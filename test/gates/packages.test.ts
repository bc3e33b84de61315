/** Gate: which file may use which package. A dependency is used where it is the point and nowhere else; type imports of rxjs are free, for they leave nothing at run time. */
import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { importsOf, liesIn, librarySources, type HouseFile } from './sources.js';

interface Rule {
  /** Files, or folders with a slash at their end. */
  readonly in: readonly string[];
  readonly typesAnywhere?: boolean;
  /** Where its types may be named beside that. */
  readonly typesIn?: readonly string[];
}

const rules: { readonly [name: string]: Rule } = {
  rxjs: { in: ['src/runners/observable.ts', 'src/runners/observable-source.ts', 'src/operators/pipe.ts', 'src/views/lambda.ts', 'src/testing/'], typesAnywhere: true },
  // Where options come from configuration files. Not in the main door, whose import it would double (docs/decisions/0006).
  zod: { in: ['src/connectors/', 'src/state/lmdb/', 'src/serve/'] },
  // Where a cache is the point.
  'lru-cache': { in: ['src/operators/enrich.ts', 'src/state/', 'src/views/incarnation.ts', 'src/views/folder-versions.ts', 'src/views/stored-rows.ts'] },
  lmdb: { in: ['src/state/lmdb/'] },
  pg: { in: ['src/connectors/postgres/'] },
  hyparquet: { in: ['src/connectors/parquet/'] },
  'hyparquet-compressors': { in: ['src/connectors/parquet/'] },
  // The lid names the type of `toReadable()`.
  'node:': { in: ['src/connectors/', 'src/state/', 'src/cli/', 'src/serve/', 'src/views/', 'src/core/clock.ts', 'src/core/disk.ts', 'src/core/encoding.ts', 'src/runners/readable.ts', 'src/testing/simulation/checkpoint-file.ts'], typesIn: ['src/stream/stream.ts', 'src/stream/from.ts'] },
};

const packageOf = (specifier: string): string => {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return 'node:';
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
};

function packageComplaints(files: readonly HouseFile[]): string[] {
  const complaints: string[] = [];
  for (const file of files) {
    for (const { place, specifier, typeOnly } of importsOf(file)) {
      if (specifier.startsWith('.')) continue;
      const name = packageOf(specifier);
      const rule = rules[name];
      if (rule === undefined) complaints.push(`${place}: no file may import "${specifier}"`);
      else if (!liesIn(file.path, rule.in) && !(typeOnly && (rule.typesAnywhere === true || liesIn(file.path, rule.typesIn ?? [])))) complaints.push(`${place}: may not import "${specifier}"`);
      if (name === 'node:' && !specifier.startsWith('node:')) complaints.push(`${place}: write "node:${specifier}"`);
    }
  }
  return complaints;
}

describe('packages', () => {
  it('are imported only where the table allows', () => expect(packageComplaints(librarySources())).toEqual([]));

  describe('the gate sees', () => {
    it('rxjs as a value, and lets its types pass', () =>
      expect(packageComplaints([{ path: 'src/stream/stream.ts', text: `import { map, type Observable } from 'rxjs';\nimport type { Subject } from 'rxjs';\nimport { type Observer } from 'rxjs';` }])).toEqual([
        'src/stream/stream.ts:1: may not import "rxjs"',
      ]));
    it('a package nobody may use, also by import()', () =>
      expect(packageComplaints([{ path: 'src/core/key.ts', text: `import _ from 'lodash/fp';\nawait import('@scope/name/deep');` }])).toHaveLength(2));
    it('zod, lru-cache and node built-ins on the wrong floor', () =>
      expect(packageComplaints([{ path: 'src/core/key.ts', text: `import { z } from 'zod'; import { LRUCache } from 'lru-cache'; import type { Readable } from 'node:stream';` }])).toHaveLength(3));
    it('zod in what the main door imports, and lets connectors have it', () =>
      expect(packageComplaints(['src/runners/options.ts', 'src/stream/stream.ts', 'src/operators/map.ts', 'src/connectors/settings.ts'].map(path => ({ path, text: `import { z } from 'zod';` })))).toEqual([
        'src/runners/options.ts:1: may not import "zod"',
        'src/stream/stream.ts:1: may not import "zod"',
        'src/operators/map.ts:1: may not import "zod"',
      ]));
    it('a built-in without its prefix', () => expect(packageComplaints([{ path: 'src/connectors/files/a.ts', text: `import fs from 'fs';` }])).toHaveLength(1));
  });
});
