/** Reading what a file has at a place. */
import type { DiskFile } from '../../core/disk.js';

/** So many bytes from `position`; fewer at the end of the file. */
export async function bytesAt(file: DiskFile, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  for (;;) {
    const more = read === length ? 0 : await file.read(bytes.subarray(read), position + read);
    if (more === 0) return bytes.subarray(0, read);
    read += more;
  }
}
