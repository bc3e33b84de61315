/**
 * Rows as lines of JSON, sent as they are taken. A stream that ends early must not look like one that is over, so the first line is the answer without its rows (`{"answer": ...}`), then one line for each row, and the last one is
 * `{"end": {"rows": n}}` or `{"error": ...}`.
 */
import type { Clock } from '../core/clock.js';
import type { Key } from '../core/values.js';
import type { Answer, EntriesOptions, Entry, Range, Reading, View } from '../views/index.js';
import { jsonOf } from './answers.js';
import { Refusal } from './exchange.js';

/** Rows between two writes. */
const CHUNK = 256;

/** Does the client want lines? */
export const wantsLines = (accept: string | undefined): boolean => accept?.includes('application/x-ndjson') === true;

const head = ({ version, cut, watermark, complete, gaps }: Answer<unknown>): string => `{"answer":${jsonOf({ version, cut, watermark, complete, gaps })}}\n`;
const end = (rows: number): string => `{"end":{"rows":${rows}}}\n`;

/** The rows of one answer. */
export async function* linesOf(answer: Answer<readonly unknown[]>): AsyncGenerator<string> {
  yield head(answer);
  for (let at = 0; at < answer.value.length; at += CHUNK) yield answer.value.slice(at, at + CHUNK).map(row => `${jsonOf(row)}\n`).join('');
  yield end(answer.value.length);
}

/** All keys of one moment, a page at a time. `first` is the first page; what reads the moment is let go of at the end. */
export async function* pagesOf(reading: Reading<Key, unknown>, range: Range, options: EntriesOptions<Key>, page: number, first: Answer<readonly Entry<Key, unknown>[]>): AsyncGenerator<string> {
  yield head(first);
  let rows = 0;
  let answer = first;
  const most = options.limit ?? Number.POSITIVE_INFINITY;
  for (;;) {
    for (let at = 0; at < answer.value.length; at += CHUNK) yield answer.value.slice(at, at + CHUNK).map(row => `${jsonOf(row)}\n`).join('');
    rows += answer.value.length;
    const last = answer.value.at(-1);
    if (last === undefined || answer.value.length < page || rows >= most) break;
    answer = await reading.entries(range, { ...options, after: last.key, limit: Math.min(page, most - rows) });
  }
  yield end(rows);
}

/** What all pages are read from: a version as it is, everything else as of one moment, to be released. */
export async function momentOf(view: View<Key, unknown>, asOf: number | undefined): Promise<{ readonly reading: Reading<Key, unknown>; release(): Promise<void> }> {
  if (asOf !== undefined) return { reading: view, release: async () => {} };
  const reading = await view.snapshot();
  return { reading, release: () => reading.release() };
}

/** Lines until `until`, by the clock; what goes wrong on the way is the last line. */
export async function* guarded(rows: AsyncIterable<string>, clock: Clock, until: number, tell: (error: unknown) => Refusal): AsyncGenerator<string> {
  try {
    for await (const lines of rows) {
      if (clock.monotonic() > until) throw new Refusal(503, 'timeout', 'The lines were read too slowly.');
      yield lines;
    }
  } catch (error) {
    const { code, message } = tell(error);
    yield `${JSON.stringify({ error: { code, message } })}\n`;
  }
}

/** Runs `after` once the rows are through, whichever way, and also if nobody has ever begun to read them. */
export function finallyDo(rows: AsyncIterable<string>, after: () => Promise<void>): AsyncIterable<string> {
  const inner = rows[Symbol.asyncIterator]();
  let finished: Promise<void> | undefined;
  const finish = (): Promise<void> => (finished ??= after());
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const next = await inner.next();
          if (next.done === true) await finish();
          return next;
        } catch (error) {
          await finish();
          throw error;
        }
      },
      async return() {
        try {
          await inner.return?.();
        } finally {
          await finish();
        }
        return { done: true, value: undefined };
      },
    }),
  };
}
