import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/core/errors.js';
import { roomAt, unwritable } from '../../../src/state/lmdb/failures.js';

const room = async (): Promise<number> => 2 ** 30;

describe('what failed', () => {
  it.each(['No space left on device', 'MDB_MAP_FULL: Environment mapsize limit reached', 'Cannot allocate memory'])('%s: the job may go on', async text =>
    expect(await unwritable('job', new Error(text), room)).toMatchObject({ code: 'state-unwritable' }));
  it('is looked for where the package puts it', async () =>
    expect(await unwritable('job', Object.assign(new Error('Commit failed (see commitError for details)'), { commitError: Promise.reject(new Error('No space left on device')) }), room)).toMatchObject({ code: 'state-unwritable' }));
  it('by a part of a write is a full disk if there is no room', async () => expect(await unwritable('job', new Error('Input/output error'), async () => 4_096)).toMatchObject({ code: 'state-unwritable' }));
  it('is asked for where the store is', async () => expect(await roomAt('/')).toBeGreaterThan(0));
  it('ends the job if LMDB takes no further transaction after it', async () => expect(await unwritable('job', new Error('No space left on device'), room, () => false)).toMatchObject({ code: 'state-failed' }));
  it('ends the job if it is anything else', async () => expect(await unwritable('job', new Error('Input/output error'), room)).toMatchObject({ code: 'state-failed', message: expect.stringContaining('Input/output') as string }));
  it('passes if it is an error of ours', async () => {
    const error = new DataError('state-value', 'no');
    expect(await unwritable('job', error, room)).toBe(error);
  });
});
