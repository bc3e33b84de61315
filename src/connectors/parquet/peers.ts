/** Where the optional packages are that read Parquet. They are looked for when a file is opened, so that nobody needs them who opens none. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../../core/errors.js';

/** Addresses that `import()` takes in any thread. */
export interface Peers {
  readonly hyparquet: string;
  readonly pages: string;
  /** Needed only for what is compressed by anything but Snappy. */
  readonly compressors: string | undefined;
}

// CommonJS has a file name, modules have a URL; this file is built as both.
const here = (): string => (typeof __filename === 'string' ? __filename : import.meta.url);

/** Finds them, or says what to install. `resolve` is a parameter for tests. */
export function findPeers(resolve: (name: string) => string = createRequire(here()).resolve): Peers {
  const find = (name: string): string | undefined => {
    try {
      return pathToFileURL(resolve(name)).href;
    } catch {
      return undefined;
    }
  };
  const hyparquet = find('hyparquet');
  const pages = find('hyparquet/src/column.js');
  if (hyparquet === undefined || pages === undefined)
    throw new ConfigurationError([
      { code: 'missing-peer', where: 'parquet()', what: 'The package "hyparquet" (1.31 or later), which reads Parquet files, is not installed.', fix: 'Run: npm install hyparquet hyparquet-compressors' },
    ]);
  return { hyparquet, pages, compressors: find('hyparquet-compressors') };
}
