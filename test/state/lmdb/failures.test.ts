import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/core/errors.js';
import { unwritable } from '../../../src/state/lmdb/failures.js';

describe('what failed', () => {
  it.each(['No space left on device', 'MDB_MAP_FULL: Environment mapsize limit reached', 'Cannot allocate memory'])('%s: the job may go on', async text =>
    expect(await unwritable('job', new Error(text))).toMatchObject({ code: 'state-unwritable' }));
  it('is looked for where the package puts it', async () =>
    expect(await unwritable('job', Object.assign(new Error('Commit failed (see commitError for details)'), { commitError: Promise.reject(new Error('No space left on device')) }))).toMatchObject({ code: 'state-unwritable' }));
  it('ends the job if it is anything else', async () => expect(await unwritable('job', new Error('Input/output error'))).toMatchObject({ code: 'state-failed', message: expect.stringContaining('Input/output') as string }));
  it('passes if it is an error of ours', async () => {
    const error = new DataError('state-value', 'no');
    expect(await unwritable('job', error)).toBe(error);
  });
});
