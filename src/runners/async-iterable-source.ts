/** Async iterables as sources: async generators, Node Readables, web streams. Read ahead by a bounded number of records. */
import type { Source } from '../core/source.js';
import { readBuffer } from './buffer.js';

/** Records asked for before the runner wants them. */
const AHEAD = 256;

/** Anything with `Symbol.asyncIterator`; `return` is called when the job ends early. It cannot be read again. */
export function asyncIterableSource<T>(name: string, iterable: AsyncIterable<T>): Source<T> {
  return {
    name,
    replayable: false,
    splits: () => ['0'],
    open(_split, _from, environment) {
      const iterator = iterable[Symbol.asyncIterator]();
      const buffer = readBuffer<T>(environment);
      let pulling = false;
      let over = false;
      const pull = async (): Promise<void> => {
        if (pulling || over) return;
        pulling = true;
        try {
          while (buffer.size < AHEAD && !over) {
            const next = await iterator.next();
            if (next.done === true) {
              over = true;
              buffer.end();
            } else buffer.put(next.value);
          }
        } catch (error) {
          over = true;
          buffer.fail(error);
        }
        pulling = false;
      };
      return {
        read(max) {
          void pull();
          return buffer.wait(max);
        },
        async close() {
          if (over) return;
          over = true;
          // A generator that waits for its next value cannot be returned from before it has it, perhaps never: a stream is told to stop, others are not waited for.
          (iterable as { destroy?(): void }).destroy?.(); // of a Node Readable
          const returned = Promise.resolve(iterator.return?.());
          if (pulling) returned.catch(() => {});
          else await returned;
        },
      };
    },
  };
}

/** A web stream, also where it has no async iterator. */
export function readableStreamSource<T>(name: string, stream: ReadableStream<T>): Source<T> {
  return asyncIterableSource<T>(name, {
    [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
      const reader = stream.getReader();
      return {
        async next(): Promise<IteratorResult<T, undefined>> {
          const answer = await reader.read();
          return answer.done ? { done: true, value: undefined } : { done: false, value: answer.value };
        },
        async return(): Promise<IteratorResult<T, undefined>> {
          await reader.cancel();
          return { done: true, value: undefined };
        },
      };
    },
  });
}
