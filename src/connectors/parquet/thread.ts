/**
 * The decoding thread as the main thread sees it: a question, a promise of the answer.
 *
 * One request at a time per file, so what waits is bounded by the number of open files. A thread that dies fails every question that waits and every later one.
 */
import { Worker } from 'node:worker_threads';
import { boundsProgram } from './bounds.js';
import { decodeProgram, type Answer, type Request } from './decode.js';
import { packProgram } from './pack.js';
import type { Peers } from './peers.js';

export interface Thread {
  ask(request: Request): Promise<Answer>;
  /** Ends it at once, also in the middle of a page; whoever waits for an answer gets an error. */
  end(): Promise<void>;
}

type Reply = { readonly id: number; readonly answer: Answer } | { readonly id: number; readonly error: string };

/** Functions as text: an expression whose value is an object of them. Their names are read from the text, because bundlers rename. */
function asText(functions: Readonly<Record<string, { toString(): string }>>): string {
  const texts = Object.entries(functions).map(([name, one]) => ({ name, text: String(one) }));
  const fields = texts.map(({ name, text }) => `${name}: ${/^(?:async )?function\s+([\w$]+)/.exec(text)?.[1] ?? name}`);
  return `(() => { ${texts.map(({ text }) => text).join('\n')}\nreturn { ${fields.join(', ')} }; })()`;
}

/** The thread's program. `__name` is what some bundlers call around functions to keep their names. */
function program(): string {
  return `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { readSync } = require('node:fs');
const { serialize } = require('node:v8');
const __name = value => value;
const { decoder } = ${asText(decodeProgram)};
const { zstdBound, checkPage } = ${asText(boundsProgram)};
const { pack, buffersOf } = ${asText(packProgram)};
const optional = address => address === undefined ? Promise.resolve(undefined) : import(address);
const ready = Promise.all([import(workerData.hyparquet), import(workerData.pages), optional(workerData.compressors)]).then(([hyparquet, pages, compressors]) => decoder({
  hyparquet, parquetHeader: pages.parquetHeader, compressors: compressors?.compressors, serialize, pack, zstdBound, checkPage,
  readAt: (file, into, position) => {
    let done = 0;
    for (let now; done < into.length && (now = readSync(file, into, done, into.length - done, position + done)) > 0; ) done += now;
    return done;
  },
}));
ready.catch(() => {});
parentPort.on('message', async ({ id, request }) => {
  try {
    const answer = await (await ready)(request);
    parentPort.postMessage({ id, answer }, answer?.columns?.flatMap(({ column }) => buffersOf(column)) ?? []);
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});`;
}

/** Starts the thread. */
export function startThread(peers: Peers): Thread {
  const worker = new Worker(program(), { eval: true, name: 'millrace-parquet', workerData: peers });
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(cause: unknown): void }>();
  let next = 0;
  let dead: Error | undefined;
  const die = (cause: Error): void => {
    dead ??= cause;
    for (const { reject } of waiting.values()) reject(dead);
    waiting.clear();
  };
  worker.on('message', (reply: Reply) => {
    const one = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) one?.reject(new Error(reply.error));
    else one?.resolve(reply.answer);
  });
  worker.on('error', die);
  worker.on('messageerror', die);
  worker.on('exit', () => die(new Error('the decoding thread has ended')));
  return {
    ask: request =>
      new Promise((resolve, reject) => {
        if (dead) return reject(dead);
        const id = next++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, request });
      }),
    async end() {
      die(new Error('the file was closed'));
      await worker.terminate();
    },
  };
}
