/**
 * What goes in, and what must come out; nothing of the library is used here. Records are a pure function of the seed and their number, each carries its id, and every output is recomputed.
 */
import { createWriteStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Row {
  readonly id: number;
  readonly key: string;
  readonly at: number;
  readonly amount: number;
}

/** How far records may be behind the latest before them. */
export const DISORDER = 500;
export const WINDOW = 10_000;

const mixed = (a: number, b: number): number => {
  let x = (Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) >>> 0;
  return (x ^ (x >>> 13)) >>> 0;
};

export const rowOf = (seed: number, id: number, keys: number): Row => {
  const random = mixed(seed, id);
  return { id, key: `k${random % keys}`, at: 1_700_000_000_000 + id * 7 + (random % DISORDER), amount: (random >>> 8) % 1_000 };
};

/** Writes the records as NDJSON. */
export async function writeInput(path: string, seed: number, records: number, keys: number): Promise<void> {
  const file = createWriteStream(path);
  let text = '';
  for (let id = 0; id < records; id++) {
    text += `${JSON.stringify(rowOf(seed, id, keys))}\n`;
    if (text.length > 1 << 18) {
      if (!file.write(text)) await once(file, 'drain');
      text = '';
    }
  }
  file.end(text);
  await once(file, 'finish');
}

export interface WindowRow {
  readonly key: string;
  readonly start: number;
  readonly n: number;
  readonly total: number;
}

/** Every window, by key and start. */
export function windowsOf(seed: number, records: number, keys: number): ReadonlyMap<string, WindowRow> {
  const windows = new Map<string, WindowRow>();
  for (let id = 0; id < records; id++) {
    const { key, at, amount } = rowOf(seed, id, keys);
    const start = Math.floor(at / WINDOW) * WINDOW;
    const name = `${key} ${start}`;
    const { n, total } = windows.get(name) ?? { n: 0, total: 0 };
    windows.set(name, { key, start, n: n + 1, total: total + amount });
  }
  return windows;
}

/** What is wrong with an output; nothing if nothing is. */
export type Complaint = string;

/** The windows that arrived, each once and right. */
export function windowComplaints(found: readonly WindowRow[], truth: ReadonlyMap<string, WindowRow>): Complaint[] {
  const complaints: Complaint[] = [];
  const seen = new Set<string>();
  for (const row of found) {
    const name = `${row.key} ${row.start}`;
    const right = truth.get(name);
    if (seen.has(name)) complaints.push(`window ${name} is there twice`);
    else if (right === undefined) complaints.push(`window ${name} never was`);
    else if (right.n !== row.n || right.total !== row.total) complaints.push(`window ${name} has n=${row.n} total=${row.total}, not n=${right.n} total=${right.total}`);
    seen.add(name);
  }
  for (const name of truth.keys()) if (!seen.has(name)) complaints.push(`window ${name} is missing`);
  return complaints;
}

/** One line for each record: its id, and the running number and total of its key. */
export interface RunningRow {
  readonly id: number;
  readonly key: string;
  readonly n: number;
  readonly total: number;
}

/** Lines of the parts that are visible, in the order of their names. */
export async function linesOf(folder: string): Promise<readonly RunningRow[]> {
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.ndjson')).toSorted();
  const rows: RunningRow[] = [];
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    if (text !== '' && !text.endsWith('\n')) throw new Error(`${name} ends in the middle of a line`);
    for (const line of text.split('\n')) if (line !== '') rows.push(JSON.parse(line) as RunningRow);
  }
  return rows;
}

/** Every record once, of each key in order, with the number and total its key had then. `whole`: all must be there, not only a beginning. */
export function runningComplaints(found: readonly RunningRow[], seed: number, records: number, keys: number, whole: boolean): Complaint[] {
  const complaints: Complaint[] = [];
  const queues = new Map<string, Row[]>();
  for (let id = 0; id < records; id++) {
    const row = rowOf(seed, id, keys);
    const queue = queues.get(row.key);
    if (queue === undefined) queues.set(row.key, [row]);
    else queue.push(row);
  }
  const state = new Map<string, { n: number; total: number }>();
  for (const row of found) {
    const { n, total } = state.get(row.key) ?? { n: 0, total: 0 };
    const next = queues.get(row.key)?.[n];
    if (next === undefined || next.id !== row.id || row.n !== n + 1 || row.total !== total + next.amount) {
      complaints.push(`key ${row.key}: after ${n} records comes ${JSON.stringify(row)}, not record ${next?.id ?? 'none'}`);
      if (complaints.length > 20) return complaints;
    }
    state.set(row.key, { n: n + 1, total: total + (next?.amount ?? 0) });
  }
  if (whole) for (const [key, queue] of queues) if ((state.get(key)?.n ?? 0) < queue.length) complaints.push(`key ${key}: ${state.get(key)?.n ?? 0} of ${queue.length} records`);
  return complaints;
}
