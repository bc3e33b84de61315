/**
 * C10: a checkpoint of a few pages is damaged, in every byte (one bit of each, then cut off there, then a block of zeroes), and put together with files of an earlier one. Whoever goes on from it
 * must come to the right answer or refuse; never to a wrong one. `--n`: edits, spread over all there are; `--n 0`: all.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Campaign } from './main.js';

const KEYS = 12;
const EARLY = 60;
const AT = 120;
const END = 200;
/** Bytes that become zero. */
const BLOCK = 512;
/** No run of so few records takes so long, in milliseconds. */
const LIMIT = 240_000;
const AT_ONCE = 2;

interface Edit {
  readonly what: string;
  /** Of the state, or the parts; below the folder. */
  readonly file: string;
  apply(folder: string, earlier: string): Promise<void>;
}

interface Answer {
  readonly done?: true;
  readonly refused?: string;
  readonly text?: string;
}

/** In words: how the process ended, or that it does not. */
type Outcome = Answer | string;

/** A process that runs the job again and again, until it is killed by what it reads. */
function worker(installed: string): { ask(message: object): Promise<Outcome>; close(): void } {
  let child: ChildProcess | undefined;
  return {
    ask(message) {
      const mine = (child ??= fork(join(installed, 'corrupt-worker.mjs'), { cwd: installed, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }));
      return new Promise<Outcome>(resolve => {
        const timer = setTimeout(() => {
          child = undefined;
          mine.kill('SIGKILL');
          end('hangs');
        }, LIMIT);
        const died = (code: number | null, signal: NodeJS.Signals | null): void => {
          child = undefined;
          end(`ended the process (${signal ?? code})`);
        };
        const said = (answer: unknown): void => end(answer as Answer); // what the worker sends
        const end = (outcome: Outcome): void => {
          clearTimeout(timer);
          mine.off('exit', died).off('message', said);
          resolve(outcome);
        };
        mine.on('exit', died).on('message', said);
        mine.send(message);
      });
    },
    close: () => void child?.kill('SIGKILL'),
  };
}

/** What the job must have said when it has come to `END`. */
const truth = (from: number): readonly string[] => {
  const state = new Map<number, { n: number; total: number }>();
  const lines: string[] = [];
  for (let id = 1; id <= END; id++) {
    const { n, total } = state.get(id % KEYS) ?? { n: 0, total: 0 };
    state.set(id % KEYS, { n: n + 1, total: total + id });
    if (id > from) lines.push(JSON.stringify({ id, n: n + 1, total: total + id }));
  }
  for (const [key, { n, total }] of state) lines.push(JSON.stringify({ id: `end of key-${key}`, n, total }));
  return lines.sort();
};

async function said(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.ndjson'));
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(text => text.split('\n').filter(line => line !== '')).sort();
}

/** All edits of one file, those of a kind together. */
function editsOf(file: string, content: Buffer, changed: boolean): Edit[] {
  const edit = (what: string, apply: (bytes: Buffer) => Buffer): Edit => ({ what, file, apply: async folder => writeFile(join(folder, file), apply(await readFile(join(folder, file)))) });
  const edits: Edit[] = [];
  for (let at = 0; at < content.length; at++) {
    edits.push(
      edit(`bit ${at % 8} of byte ${at} flipped`, bytes => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << at % 8);
        return bytes;
      }),
    );
  }
  // Beyond a page, where a file is cut within the page makes no difference.
  const step = content.length > 8_192 ? 64 : 1;
  for (let at = 0; at < content.length; at += step) edits.push(edit(`cut off at byte ${at}`, bytes => bytes.subarray(0, at)));
  for (let at = 0; at < content.length; at += BLOCK) edits.push(edit(`zeroes from byte ${at}`, bytes => bytes.fill(0, at, Math.min(at + BLOCK, bytes.length))));
  edits.push({ what: 'gone', file, apply: folder => rm(join(folder, file)) });
  if (changed) edits.push({ what: 'as it was at an earlier checkpoint', file, apply: (folder, earlier) => cp(join(earlier, file), join(folder, file)) });
  return edits;
}

export const corrupt: Campaign = async ({ n, installed, tell, option }) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-corrupt-'));
  const complaints: string[] = [];
  const outcomes = new Map<string, number>();
  const note = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  let tried = 0;
  let all = 0;
  try {
    const [early, late, live] = ['early', 'late', 'live'].map(name => join(folder, name)) as [string, string, string]; // three
    const maker = worker(installed);
    const made = await maker.ask({ folder: live, make: [EARLY, AT], copies: [early, late] });
    maker.close();
    if (typeof made === 'string' || made.done !== true) throw new Error(`The checkpoint to damage could not be made: ${JSON.stringify(made)}`);
    const files = (await readdir(late, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name).slice(late.length + 1));
    const edits: Edit[] = [];
    for (const file of files.filter(name => !name.endsWith('lock.mdb') && (name.startsWith('state') || name.includes('.parts')))) edits.push(...editsOf(file, await readFile(join(late, file)), await readFile(join(early, file)).then(() => true, () => false)));
    edits.push({ what: 'all of it as it was at an earlier checkpoint', file: 'state', apply: async (at, earlier) => (await rm(join(at, 'state'), { recursive: true }), cp(join(earlier, 'state'), join(at, 'state'), { recursive: true })) });
    all = edits.length;
    const wanted = n === 0 ? all : Math.min(n, all);
    const only = option('only');
    const chosen = only !== undefined ? edits.filter(edit => `${edit.file} ${edit.what}`.includes(only)) : Array.from({ length: wanted }, (_, i) => edits[Math.floor(((i + 0.5) * all) / wanted)]).filter(edit => edit !== undefined);
    // The undamaged one comes to the right answer; else nothing is proven.
    const left = [undefined, ...chosen].entries();
    const right = JSON.stringify(truth(0));
    let last = performance.now();
    const lane = async (): Promise<void> => {
      const { ask, close } = worker(installed);
      for (const [index, edit] of left) {
        const at = join(folder, `edit-${index}`);
        await cp(late, at, { recursive: true });
        await edit?.apply(at, early);
        const outcome = await ask({ folder: at, to: END });
        const lines = await said(join(at, 'out'));
        const title = edit === undefined ? 'nothing was damaged' : `${edit.file}: ${edit.what}`;
        if (typeof outcome === 'string') {
          note(outcome);
          complaints.push(`${title}: it ${outcome}`);
          tell(complaints.at(-1) ?? '');
        } else if (outcome.done === true) {
          const fine = JSON.stringify(lines) === right;
          note(fine ? 'right' : 'WRONG');
          if (!fine) complaints.push(`${title}: it ended well with a wrong answer (${lines.length} lines)`);
        } else {
          note(`refused: ${outcome.refused}`);
          if (edit === undefined) complaints.push(`${title}: it was refused: ${outcome.text}`);
        }
        // Whatever became of it, what can be seen is true and there once.
        const ids = new Set(truth(0));
        if (typeof outcome === 'string' || outcome.done !== true) {
          if (new Set(lines).size !== lines.length || lines.some(line => !ids.has(line))) complaints.push(`${title}: it was refused, and what can be seen is wrong`);
        }
        tried++;
        await rm(at, { recursive: true, force: true });
        if (performance.now() - last > 10_000) {
          last = performance.now();
          tell(`${tried} of ${chosen.length} edits, ${JSON.stringify(Object.fromEntries(outcomes))}`);
        }
      }
      close();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { complaints, figures: { edits: tried - 1, ofAll: all, outcomes: Object.fromEntries(outcomes)} };
};
