/** Several processes on one store. */
import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import type { StateStore } from '../../../src/core/state.js';
import { always, environment, folder, manifestOf } from './kit.js';
import { storeProcess } from './process.js';

const open = (path: string): Promise<StateStore> => lmdb(path, { lease: '5s' }).open('job', environment);
const refusal = async (path: string): Promise<unknown> => open(path).then(store => store.close(), (cause: unknown) => cause);

/** Opens as soon as it is let. */
async function opened(path: string): Promise<StateStore> {
  for (;;) {
    try {
      return await open(path);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'state-held')) throw cause;
      await environment.clock.sleep(20);
    }
  }
}

describe('a store and a second process', () => {
  it('is refused while the first lives, busy or not, and free when it has closed', async () => {
    const path = await folder();
    const first = await storeProcess(path, '5s');
    expect(await first.line()).toBe('open 1 0 undefined');
    expect(await refusal(path)).toMatchObject({ code: 'state-held', message: expect.stringContaining(`process ${first.child.pid} on `) as string });
    first.tell('commit');
    expect(await first.line()).toBe('committed 1');
    first.tell('busy');
    for (let i = 0; i < 20; i++) {
      expect(await refusal(path)).toMatchObject({ code: 'state-held' });
      await environment.clock.sleep(15);
    }
    expect(await first.line()).toBe('idle');
    first.tell('close');
    expect(await first.line()).toBe('closed');
    const second = await open(path);
    expect([second.generation, second.restored?.checkpoint, second.table('step', 'table').get('n')]).toEqual([2, 1, 1]);
    const third = await storeProcess(path, '5s');
    expect(await third.line()).toMatch(new RegExp(`^refused state-held .* process ${process.pid} on `));
    await second.close();
    await first.end();
    await third.end();
  });
  it('is free at once when the first was killed, with its last commit', async () => {
    const path = await folder();
    const first = await storeProcess(path, '1h');
    await first.line();
    first.tell('commit');
    expect(await first.line()).toBe('committed 1');
    await first.end();
    const second = await open(path);
    expect([second.generation, second.table('step', 'table').get('n')]).toEqual([2, 1]);
    await second.close();
  });
  it('may be taken over from one that is silent, which can never commit again', async () => {
    const path = await folder();
    const first = await storeProcess(path, '400ms');
    await first.line();
    first.tell('commit');
    expect(await first.line()).toBe('committed 1');
    first.child.kill('SIGSTOP');
    const second = await opened(path);
    second.table<number>('step', 'table').set('n', 7);
    await second.commit(manifestOf(second, 2), always);
    first.child.kill('SIGCONT');
    first.tell('commit');
    expect(await first.line()).toBe('failed fenced');
    first.tell('close');
    expect(await first.line()).toBe('closed');
    // What it closed was not ours.
    expect(await (await storeProcess(path, '5s')).line()).toMatch(/^refused state-held/);
    expect(second.table('step', 'table').get('n')).toBe(7);
    await second.commit(manifestOf(second, 3), always);
    await second.close();
    await first.end();
  });
});
