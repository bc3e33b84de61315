import { describe, expect, it } from 'vitest';
import { loadPeer } from '../../../src/state/lmdb/peer.js';

describe('the package lmdb', () => {
  it('is loaded when it is there', async () => expect(typeof (await loadPeer()).open).toBe('function'));
  it('is named when it is not', async () =>
    expect(await loadPeer(() => Promise.reject(new Error('Cannot find package'))).catch((cause: unknown) => cause)).toMatchObject({ problems: [{ code: 'missing-peer', fix: 'Run: npm install lmdb' }], cause: { message: 'Cannot find package' } }));
});
