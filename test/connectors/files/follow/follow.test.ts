/** Growing files, followed by a job in virtual time over a real folder: what is added comes, once, whatever becomes of the files. */
import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError, Stream } from 'millrace';
import { csv, ndjson, type FollowOptions } from 'millrace/files';
import { testing, type Collected, type TestJob, type Testing } from 'millrace/testing';

const made: string[] = [];
afterEach(() => made.splice(0).forEach(folder => rmSync(folder, { recursive: true, force: true })));

interface Log {
  readonly t: Testing;
  readonly job: TestJob;
  readonly out: Collected<number>;
  readonly rejected: Collected<string>;
  path(name: string): string;
  /** Appends lines of these numbers. */
  add(name: string, ...numbers: number[]): void;
  /** The numbers that have come out, in order. */
  seen(): Promise<readonly number[]>;
}

const line = (n: number): string => `${JSON.stringify({ n, text: `ü€😀 ${n}` })}\n`;

async function follow(options: true | FollowOptions = true, pattern = 'app.log*', before: (path: (name: string) => string) => void = () => {}): Promise<Log> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-follow-'));
  made.push(folder);
  const path = (name: string): string => join(folder, name);
  before(path);
  const t = testing();
  let rejected: Collected<string> | undefined;
  const lines = Stream.from(ndjson<{ n: number }>(path(pattern), { follow: options }), { name: 'log', onError: r => (rejected = t.collect(r.map(({ cause }) => String((cause as { code?: string }).code)))).output });
  const out = t.collect(lines.map(l => l.n));
  const job = await t.run(out);
  if (rejected === undefined) throw new Error('no rejects');
  return {
    t,
    job,
    out,
    rejected,
    path,
    add: (name, ...numbers) => appendFileSync(path(name), numbers.map(line).join('')),
    async seen() {
      await job.advance('2s');
      return out.values;
    },
  };
}

describe('follow', () => {
  it('gives what is added, also to files that come later, and waits for the end of a line', async () => {
    const log = await follow();
    expect(await log.seen()).toEqual([]);
    log.add('app.log', 1, 2);
    expect(await log.seen()).toEqual([1, 2]);
    appendFileSync(log.path('app.log'), line(3).slice(0, 10));
    expect(await log.seen()).toEqual([1, 2]);
    appendFileSync(log.path('app.log'), line(3).slice(10));
    expect(await log.seen()).toEqual([1, 2, 3]);
    log.add('app.log.other', 9);
    expect(await log.seen()).toEqual([1, 2, 3, 9]);
    await log.job.stop();
  });
  it('takes a last line that nobody finishes after the time given, and its line feed is no line', async () => {
    const log = await follow({ unfinished: '5s' });
    appendFileSync(log.path('app.log'), line(1).trimEnd());
    expect(await log.seen()).toEqual([]);
    await log.job.advance('5s');
    expect(await log.seen()).toEqual([1]);
    appendFileSync(log.path('app.log'), '\n');
    log.add('app.log', 2);
    expect(await log.seen()).toEqual([1, 2]);
    await log.job.stop();
  });
  it('reads a rotated file to its end before the one that has its name now', async () => {
    const log = await follow();
    log.add('app.log', 1);
    expect(await log.seen()).toEqual([1]);
    log.add('app.log', 2, 3);
    renameSync(log.path('app.log'), log.path('app.log.1'));
    log.add('app.log', 5);
    log.add('app.log.1', 4);
    expect(await log.seen()).toEqual([1, 2, 3, 4, 5]);
    renameSync(log.path('app.log.1'), log.path('app.log.2'));
    renameSync(log.path('app.log'), log.path('app.log.1'));
    log.add('app.log.1', 6);
    log.add('app.log', 7);
    expect(await log.seen()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await log.job.stop();
  });
  it('goes on at the byte after a crash, also in a file that was rotated meanwhile', async () => {
    const log = await follow();
    log.add('app.log', 1, 2);
    await log.seen();
    await log.job.checkpoint();
    log.add('app.log', 3);
    await log.seen();
    renameSync(log.path('app.log'), log.path('app.log.1'));
    log.add('app.log', 4);
    await log.job.crash();
    expect(await log.seen()).toEqual([1, 2, 3, 4]);
    await log.job.checkpoint();
    await log.job.crash();
    log.add('app.log', 5);
    expect(await log.seen()).toEqual([1, 2, 3, 4, 5]);
    expect(log.rejected.values).toEqual([]);
    await log.job.stop();
  });
  it.each([
    ['shorter', [9]],
    ['longer', [7, 8, 9, 10, 11, 12]],
  ])('begins anew in a file that was truncated, and is %s now', async (_, after) => {
    const log = await follow();
    log.add('app.log', 1, 2, 3);
    expect(await log.seen()).toEqual([1, 2, 3]);
    truncateSync(log.path('app.log'));
    log.add('app.log', ...after);
    expect(await log.seen()).toEqual([1, 2, 3, ...after]);
    await log.job.checkpoint();
    truncateSync(log.path('app.log'));
    log.add('app.log', 20);
    await log.job.crash();
    expect(await log.seen()).toEqual([1, 2, 3, ...after, 20]);
    expect(log.rejected.values).toEqual([]);
    await log.job.stop();
  });
  it('reads what has been removed to its end, and forgets it', async () => {
    const log = await follow({ gone: '10s' }, 'app.log');
    log.add('app.log', 1);
    expect(await log.seen()).toEqual([1]);
    log.add('app.log', 2);
    appendFileSync(log.path('app.log'), line(3).trimEnd());
    unlinkSync(log.path('app.log'));
    expect(await log.seen()).toEqual([1, 2]);
    log.add('app.log', 4);
    expect(await log.seen()).toEqual([1, 2]); // what is left of the old one may still be written
    await log.job.advance('10s');
    expect(log.out.values).toEqual([1, 2, 3, 4]);
    await log.job.stop();
  });
  it('does not wait for ever for the last line of a rotated file', async () => {
    const log = await follow({ gone: '10s' });
    appendFileSync(log.path('app.log'), line(1).trimEnd());
    await log.seen();
    renameSync(log.path('app.log'), log.path('app.log.1'));
    log.add('app.log', 2);
    expect(await log.seen()).toEqual([]);
    await log.job.advance('10s');
    expect(log.out.values).toEqual([1, 2]);
    await log.job.stop();
  });
  it('says what was removed before it was read', async () => {
    const log = await follow();
    log.add('app.log', 1);
    await log.seen();
    await log.job.checkpoint();
    log.add('app.log', 2);
    await log.job.advance('1s');
    // Also what was read is lost with it: the checkpoint is older.
    copyFileSync(log.path('app.log'), log.path('elsewhere'));
    unlinkSync(log.path('app.log'));
    await log.job.crash();
    await log.job.advance('5s');
    expect(log.rejected.values).toEqual([]); // as far as the checkpoint knows, all had been read
    await log.job.stop();
  });
  it('says what was removed when it was known to hold more', async () => {
    const log = await follow();
    appendFileSync(log.path('app.log'), `${line(1)}{"n":`);
    expect(await log.seen()).toEqual([1]);
    await log.job.checkpoint();
    unlinkSync(log.path('app.log'));
    await log.job.crash();
    await log.job.advance('5s');
    expect(log.rejected.values).toEqual(['files-vanished']);
    await log.job.checkpoint();
    await log.job.crash();
    await log.job.advance('5s');
    expect(log.rejected.values).toEqual(['files-vanished']);
    await log.job.stop();
  });
  it('says what was truncated before it was read', async () => {
    const log = await follow();
    appendFileSync(log.path('app.log'), `${line(1)}{"n":`);
    expect(await log.seen()).toEqual([1]);
    writeFileSync(log.path('app.log'), line(2));
    expect(await log.seen()).toEqual([1, 2]);
    expect(log.rejected.values).toEqual(['files-vanished']);
    await log.job.stop();
  });
  it('follows more files than may be open', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `app.log.${i}`);
    const log = await follow({ maxOpenFiles: 3 });
    names.forEach((name, i) => log.add(name, i));
    expect((await log.seen()).toSorted((a, b) => a - b)).toEqual(names.map((_, i) => i));
    names.forEach((name, i) => log.add(name, 100 + i));
    expect((await log.seen()).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    await log.job.stop();
  });
  it('leaves compressed files out where a pattern means them', async () => {
    const log = await follow(true, 'app.log*', path => writeFileSync(path('app.log.2.gz'), 'not for us\n'));
    log.add('app.log', 1);
    expect(await log.seen()).toEqual([1]);
    await log.job.stop();
  });
  it('refuses what cannot be', () => {
    expect(() => ndjson('a.gz', { follow: true })).toThrow(ConfigurationError);
    expect(() => ndjson('a', { follow: true, compression: 'gzip' })).toThrow(/compressed/);
    expect(() => csv('a', { follow: { poll: '-1s' } })).toThrow(/is not a span of time/);
    // @ts-expect-error there is no such option
    expect(() => csv('a', { follow: { pol: '1s' } })).toThrow(/There are poll, unfinished/);
  });
});

describe('follow with csv', () => {
  it('waits for the header, and goes on with it after a crash', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-follow-'));
    made.push(folder);
    const path = join(folder, 'a.csv');
    const t = testing();
    const rows = t.collect(Stream.from(csv(join(folder, '*.csv'), { follow: true })));
    const job = await t.run(rows);
    const seen = async (): Promise<readonly unknown[]> => {
      await job.advance('2s');
      return rows.values;
    };
    writeFileSync(path, '\ufeffa,');
    expect(await seen()).toEqual([]);
    appendFileSync(path, 'b\r\n1,"x');
    expect(await seen()).toEqual([]);
    appendFileSync(path, '\ny"\r\n');
    expect(await seen()).toEqual([{ a: '1', b: 'x\ny' }]);
    await job.checkpoint();
    renameSync(path, join(folder, 'b.csv'));
    await job.crash();
    appendFileSync(join(folder, 'b.csv'), '2,z\r\n');
    writeFileSync(path, 'b,a\n3,4\n');
    expect(await seen()).toEqual([{ a: '1', b: 'x\ny' }, { a: '2', b: 'z' }, { b: '3', a: '4' }]);
    await job.stop();
  });
});
