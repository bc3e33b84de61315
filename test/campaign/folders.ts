/**
 * Of C9, what needs no failing call: the folders of the job are read-only when it starts, or become so while it runs; and its state is removed while it runs. The job copes, or ends soon and says why. Made
 * writable again it goes on as if nothing had been. Begun without its state it must refuse to write beside what it has written before, and in an empty folder come to the right answer.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { start, type Child, type JobOptions } from './child.js';
import { writeInput } from './truth.js';

const KEYS = 300;
const RECORDS = 300_000;
/** Milliseconds until a job that cannot go on has said so. */
const SOON = 5_000;
/** And until one that can has come to its end. */
const LIMIT = 120_000;

export interface FoldersOptions {
  readonly installed: string;
  readonly folder: string;
  readonly seed: number;
  readonly state: 'lmdb' | 'disk';
  readonly rounds: number;
  tell(text: string): void;
  /** Starts the job again and looks at what it wrote. */
  verify(options: JobOptions, title: string, records: number, keys: number): Promise<void>;
}

export async function folders({ installed, folder, seed, state, rounds, tell, verify }: FoldersOptions): Promise<{ readonly complaints: readonly string[]; readonly figures: { readonly [name: string]: number | string } }> {
  const complaints: string[] = [];
  const figures = { readOnlyAtStart: 0, readOnlyMeanwhile: 0, removedMeanwhile: 0, coped: 0, endedWithAnError: 0, refusedWithoutItsState: 0 };
  const before = await withoutPrivilege();
  if (before === undefined) return { complaints, figures: { ...figures, skipped: 'this user may write to what is read-only, and setpriv is not there' } };
  const input = join(folder, 'many-keys.ndjson');
  await writeInput(input, seed, RECORDS, KEYS);

  const begin = (options: JobOptions): Child => start(installed, options, { before });
  /** How it ends; `since`: when it began to be impossible. */
  const judge = async (child: Child, title: string, since: number): Promise<boolean> => {
    const timer = setTimeout(() => child.process.kill('SIGKILL'), LIMIT);
    const code = await child.ended;
    clearTimeout(timer);
    const took = Math.round(performance.now() - since);
    if (code === 0) {
      figures.coped++;
      return true;
    }
    figures.endedWithAnError++;
    if (code !== 2 || child.errors().trim() === '') complaints.push(`${title}: it ended with ${code}: ${child.errors().slice(0, 300)}`);
    else if (took > SOON) complaints.push(`${title}: it took ${took} ms to say ${child.errors().slice(0, 200)}`);
    return false;
  };
  const running = async (options: JobOptions): Promise<Child> => {
    const child = begin(options);
    while (child.first() === undefined && child.process.exitCode === null && child.process.signalCode === null) await pause(2);
    return child;
  };

  for (let round = 0; round < rounds; round++) {
    const at = join(folder, `folders-${round}`);
    const options: JobOptions = { input, folder: at, state, every: 40, lease: '300ms' };
    const title = (what: string): string => `Round ${round}, ${what}`;

    // There is nothing yet, and nothing can be made.
    await mkdir(at);
    await chmod(at, 0o500);
    if (await judge(begin(options), title('a folder that is read-only'), performance.now())) complaints.push(`${title('a folder that is read-only')}: it ended well`);
    figures.readOnlyAtStart++;
    await chmod(at, 0o700);
    // Killed, and what it left is read-only.
    const killed = await running(options);
    await pause(round * 17);
    killed.process.kill('SIGKILL');
    await killed.ended;
    await writable(at, false);
    await judge(begin(options), title('a checkpoint that is read-only'), performance.now());
    figures.readOnlyAtStart++;
    await writable(at, true);
    // It becomes so while the job runs.
    const child = await running(options);
    await pause(round * 13);
    await writable(at, false);
    await judge(child, title('read-only while it runs'), performance.now());
    figures.readOnlyMeanwhile++;
    await writable(at, true);
    await verify(options, title('writable again'), RECORDS, KEYS);
    await rm(at, { recursive: true });

    // Its state goes.
    const robbed = await running(options);
    await pause(round * 19);
    await rm(join(at, 'state'), { recursive: true, force: true });
    const what = title('its state removed');
    const ended = await judge(robbed, what, performance.now());
    figures.removedMeanwhile++;
    if (!ended) {
      const again = begin(options);
      const code = await again.ended;
      if (code !== 0 && again.errors().includes('would be there twice')) {
        figures.refusedWithoutItsState++;
        await rm(at, { recursive: true });
      } else if (code !== 0) complaints.push(`${what}: started again it ended with ${code}: ${again.errors().slice(0, 300)}`);
    }
    // One that was at its end has said all.
    if (!ended) await verify(options, what, RECORDS, KEYS);
    await rm(at, { recursive: true });
    tell(`round ${round + 1} of ${rounds}: ${JSON.stringify(figures)}`);
  }
  return { complaints, figures };
}

/** The folder and all folders and files in it. */
async function writable(folder: string, yes: boolean): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await writable(path, yes);
    else await chmod(path, yes ? 0o600 : 0o400).catch(() => {}); // a running job removes some
  }
  if (!yes) await chmod(folder, 0o500);
}

/** A command under which what is read-only cannot be written: the superuser needs one. */
async function withoutPrivilege(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() !== 0) return [];
  const command = ['setpriv', '--bounding-set=-dac_override', '--inh-caps=-dac_override'];
  return promisify(execFile)('setpriv', [...command.slice(1), 'true']).then(
    () => command,
    () => undefined,
  );
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
