/** The master log: by its contract in a folder and in memory, with a crash between any two steps of its writer. */
import { describe, expect, it } from 'vitest';
import { masterLog } from 'millrace/log';
import type { MasterLog } from '../../../src/core/master-log.js';
import { systemEnvironment, type Environment } from '../../../src/core/clock.js';
import { memoryLog } from '../../../src/views/memory-log.js';
import { memoryDisk } from '../memory-disk.js';

const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'fine', (error: { code?: unknown }) => error.code);
const on = (disk = memoryDisk()): Environment => ({ ...systemEnvironment(new AbortController().signal), disk: disk.view() });

async function read(log: MasterLog, environment: Environment, partition: number, to: number): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { values, times } of log.read(partition, 0, to, environment)) values.forEach((value, i) => found.push([value, times[i]]));
  return found;
}

describe.each(['folder', 'memory'])('a master log in a %s', kind => {
  const setUp = (options = {}): { readonly log: MasterLog; readonly environment: Environment; again(): MasterLog } => {
    const again = (): MasterLog => (kind === 'folder' ? masterLog('/log', { blockEvents: 2, ...options }) : kept);
    const kept = memoryLog('log');
    return { log: again(), environment: on(), again };
  };
  it('gives back what was appended, with times, whatever it is', async () => {
    const { log, environment } = setUp();
    const writer = await log.open(environment, undefined);
    const values = [1, 'a', { n: [1, { b: null }] }, { at: new Date(7), big: 7n }, undefined, { a: 1 }, new Map([[1, -0]])];
    values.forEach((value, i) => writer.append(0, value, i * 1.5));
    const [to = 0] = writer.seal();
    expect(await writer.sync()).toEqual([to]);
    expect(await read(log, environment, 0, to)).toEqual(values.map((value, i) => [value, i * 1.5]));
    expect(() => writer.append(0, { f: () => 1 }, 0)).toThrow(/\.f is a function/);
    expect(writer.seal()).toEqual([to]);
    await writer.close();
  });
  it('is cut back to where a checkpoint was, and refuses who had it open before', async () => {
    const { log, environment, again } = setUp();
    const writer = await log.open(environment, undefined);
    for (const value of ['a', 'b', 'c']) writer.append(0, value, 0);
    const token = writer.seal();
    await writer.sync();
    for (const value of ['d', 'e', 'f']) writer.append(0, value, 0);
    await writer.sync();
    const other = again();
    const next = await other.open(environment, token);
    expect(next.seal()).toEqual(token);
    writer.append(0, 'from the grave', 0);
    expect(await codeOf(writer.sync())).toBe('fenced');
    next.append(0, 'D', 0);
    const [to = 0] = next.seal();
    await next.sync();
    expect((await read(other, environment, 0, to)).map(row => (row as [unknown])[0])).toEqual(['a', 'b', 'c', 'D']);
    await next.close();
    expect(await codeOf(again().open(environment, [99]))).toBe('log-missing');
  });
});

describe('a master log in a folder', () => {
  it('has partitions, and refuses another number of them', async () => {
    const environment = on();
    const log = masterLog('/log', { partitions: 3 });
    const writer = await log.open(environment, undefined);
    for (let i = 0; i < 9; i++) writer.append(i % 3, i, i);
    expect(await writer.sync()).toEqual([1, 1, 1]);
    expect(await read(log, environment, 1, 1)).toEqual([[1, 1], [4, 4], [7, 7]]);
    expect(() => writer.append(3, 0, 0)).toThrow(/partitions 0 to 2/);
    await writer.close();
    expect(await codeOf(masterLog('/log', { partitions: 2 }).open(environment, undefined))).toBe('log-partitions');
    expect(() => masterLog('')).toThrow(/path is empty/);
    expect(() => masterLog('/log', { partitions: 0, block: 1 } as never)).toThrow(/2 problems/);
  });
  it('remembers that somebody counts on it', async () => {
    const environment = on();
    const log = masterLog('/log');
    const writer = await log.open(environment, undefined);
    expect(await log.kept(environment)).toBe(false);
    await writer.keep();
    await writer.keep();
    expect([await log.kept(environment), await masterLog('/log').kept(environment)]).toEqual([true, true]);
    await writer.close();
  });
  it('lets whoever writes wait while too much is in memory, and says when the disk fails', async () => {
    const disk = memoryDisk();
    let full = false;
    const environment = { ...on(), disk: disk.view(call => (full && call === 'write' ? 'half' : undefined)) };
    const writer = await masterLog('/log', { bufferBytes: 1_000 }).open(environment, undefined);
    expect(writer.room()).toBeUndefined();
    for (let i = 0; i < 20; i++) writer.append(0, 'x'.repeat(100), i);
    await writer.room();
    expect(writer.room()).toBeUndefined();
    full = true;
    for (let i = 0; i < 20; i++) writer.append(0, 'x'.repeat(100), i);
    expect(await codeOf(writer.room() ?? Promise.resolve())).toBe('log-unusable');
    expect(await codeOf(writer.sync())).toBe('log-unusable');
  });
});
