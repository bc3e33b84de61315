import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.js';
import { probe } from '../../../src/state/lmdb/probe.js';
import { environment, folder } from './kit.js';
import { storeProcess } from './process.js';

describe('a store whose holder has stopped', () => {
  it('in the middle of a commit cannot be opened until it is ended, and is what it was', async () => {
    const path = await folder();
    const first = await storeProcess(path, '100ms');
    await first.line();
    first.tell('commit');
    expect(await first.line()).toBe('committed 1');
    first.tell('stop');
    expect(await first.line()).toBe('stopping');
    const holder = { pid: first.child.pid ?? 0, host: 'here', boot: '', started: '', since: 0, lease: 100 };
    await expect(probe('job', join(path, 'job'), holder, systemClock, 800)).rejects.toMatchObject({ code: 'state-held', message: expect.stringContaining(`kill -9 ${holder.pid}`) as string });
    await first.end();
    await probe('job', join(path, 'job'), holder, systemClock);
    const second = await lmdb(path).open('job', environment);
    expect([second.restored?.checkpoint, second.table('step', 'table').get('n'), second.table('step', 'table').get(5)]).toEqual([1, 1, 1]);
    await second.close();
  });
});
