import { Readable } from 'node:stream';

/** An async iterator as a Node Readable in object mode; destroying it ends the iterator. */
export function readableOf<T>(iterator: () => AsyncIterator<T>): Readable {
  return Readable.from({ [Symbol.asyncIterator]: iterator }, { objectMode: true });
}
