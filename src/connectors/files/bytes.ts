/** The bytes of a file, pulled chunk by chunk: as they are, or decompressed and counted. Node's own bound on decompressed output does not hold for streams. */
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Disk, DiskFile } from '../../core/disk.js';
import { DataError, causeText } from '../../core/errors.js';
import type { TextLimits } from './options.js';
import { openThrough, unreadable } from './paths.js';

/** One file, being read. */
export interface Bytes {
  /** The next chunk, valid until the next call; `undefined` at the end. */
  read(signal: AbortSignal): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

const CHUNK = 2 ** 20;
const COMPRESSED_CHUNK = 2 ** 16;
const DECOMPRESSED_CHUNK = 2 ** 18;
/** Below this much output, a high ratio is no danger and quite common. */
const EXPANSION_FLOOR = 16 * 2 ** 20;

const changed = (path: string, byte: number): DataError =>
  new DataError('files-position', `The position kept for "${path}" (byte ${byte}) is beyond its end; it was another file when the position was kept. Start the source anew.`, byte);

/** Opens the file at `path` to be read from byte `at` (of the decompressed data). */
export async function openBytes(disk: Disk, path: string, at: number, packed: boolean, limits: TextLimits): Promise<Bytes> {
  let handle: DiskFile;
  try {
    handle = await openThrough(disk, path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (packed) return gunzipped(path, handle, at, limits);
  const { size } = await handle.look();
  if (size >= at) return plain(path, handle, at, size);
  await handle.close();
  throw changed(path, at);
}

function plain(path: string, handle: DiskFile, at: number, size: number): Bytes {
  // A file may grow while it is read.
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(COMPRESSED_CHUNK, size - at)));
  let place = at;
  let reading: Promise<number> | undefined;
  return {
    async read(signal) {
      signal.throwIfAborted();
      reading = handle.read(chunk, place);
      let count;
      try {
        count = await reading;
      } catch (cause) {
        throw unreadable(path, cause);
      }
      signal.throwIfAborted();
      place += count;
      return count === 0 ? undefined : chunk.subarray(0, count);
    },
    async close() {
      await reading?.catch(() => {});
      await handle.close();
    },
  };
}

function gunzipped(path: string, handle: DiskFile, at: number, { maxDecompressedBytes, maxExpansion }: TextLimits): Bytes {
  let last: Promise<unknown> | undefined;
  async function* compressed(): AsyncGenerator<Uint8Array> {
    for (let place = 0; ; ) {
      const chunk = Buffer.allocUnsafe(COMPRESSED_CHUNK);
      const reading = handle.read(chunk, place);
      last = reading;
      const count = await reading;
      if (count === 0) return;
      place += count;
      yield chunk.subarray(0, count);
    }
  }
  const gunzip = createGunzip({ chunkSize: DECOMPRESSED_CHUNK });
  // Errors of either end reach whoever iterates; the callback only keeps them from being thrown.
  pipeline(Readable.from(compressed(), { highWaterMark: 1 }), gunzip, () => {});
  const chunks = gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let given = 0;

  const count = (bytes: number): void => {
    given += bytes;
    const bound = given > maxDecompressedBytes ? `maxDecompressedBytes (${maxDecompressedBytes})` : given > EXPANSION_FLOOR && given > maxExpansion * gunzip.bytesWritten ? `maxExpansion (${maxExpansion})` : undefined;
    if (bound === undefined) return;
    const what = `"${path}" decompresses to ${given} bytes or more, from ${gunzip.bytesWritten} that were read, and is beyond ${bound}.`;
    throw new DataError('gzip-expansion', `${what} If you trust the file, raise that limit.`, path);
  };
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const next = await chunks.next();
      return next.done === true ? undefined : next.value;
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw new DataError('gzip-damaged', `"${path}" cannot be decompressed beyond byte ${given} of its content: ${causeText(cause)}. Get the file again; if it is not compressed, say compression: 'none'.`, path, { cause });
    }
  };
  return {
    async read(signal) {
      for (;;) {
        signal.throwIfAborted();
        const before = given;
        const chunk = await next();
        signal.throwIfAborted();
        if (chunk === undefined) {
          if (given < at) throw changed(path, at);
          return undefined;
        }
        count(chunk.length);
        if (given > at) return before >= at ? chunk : chunk.subarray(at - before);
      }
    },
    async close() {
      gunzip.destroy();
      await last?.catch(() => {});
      await handle.close();
    },
  };
}
