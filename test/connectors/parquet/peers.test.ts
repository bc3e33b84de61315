import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.js';
import { findPeers } from '../../../src/connectors/parquet/peers.js';

const missing = (...names: string[]) => (name: string): string => {
  if (names.includes(name)) throw new Error(`Cannot find module '${name}'`);
  return `/modules/${name}`;
};

describe('findPeers', () => {
  it('finds the packages', () => {
    expect(findPeers(missing())).toEqual({ hyparquet: 'file:///modules/hyparquet', pages: 'file:///modules/hyparquet/src/column.js', compressors: 'file:///modules/hyparquet-compressors' });
    expect(findPeers().hyparquet).toMatch(/^file:.*hyparquet/);
  });

  it('says what to install', () => {
    expect(() => findPeers(missing('hyparquet'))).toThrow(ConfigurationError);
    expect(() => findPeers(missing('hyparquet'))).toThrow('npm install hyparquet hyparquet-compressors');
  });

  it('does without the decompressors until a file needs them', () => {
    expect(findPeers(missing('hyparquet-compressors')).compressors).toBeUndefined();
  });
});
