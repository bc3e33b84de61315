/**
 * Numbers inside compressed data that must be checked before they are believed, because the decoder believes them: a few bytes can claim gigabytes, and an
 * array that outgrows V8's limit ends the whole process, whatever thread it is in.
 *
 * Part of the thread's program (see decode.ts): these functions use nothing but each other.
 */
import type { PageHeader, SchemaTree } from 'hyparquet';

/** How many bytes a Zstandard frame unpacks to at most, from its headers alone (RFC 8878, 3.1.1). */
export function zstdBound(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const descriptor = view.getUint8(4);
  const single = (descriptor >> 5) & 1;
  let at = 6 - single + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const sized = descriptor >> 6;
  if (sized === 3) return Number(view.getBigUint64(at, true));
  if (sized === 2) return view.getUint32(at, true);
  if (sized === 1) return view.getUint16(at, true) + 256;
  if (single === 1) return view.getUint8(at);
  for (let bound = 0; ; ) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const [size, kind] = [header >> 3, (header >> 1) & 3];
    bound += kind === 2 ? 131_072 : size;
    at += 3 + (kind === 1 ? 1 : size);
    if ((header & 1) === 1) return bound;
  }
}

/** Walks over the runs of a run-length / bit-packing hybrid from `at` on, up to `values` values; none may claim more than are left. */
function checkRuns(bytes: Uint8Array, at: number, width: number, values: number): void {
  if (width > 32) throw new Error(`a page has values of ${width} bits`);
  for (let seen = 0; seen < values && at < bytes.length; ) {
    let header = 0;
    let byte: number;
    let shift = 0;
    do {
      byte = bytes[at++] ?? 0;
      header |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f);
    const packed = (header & 1) === 1;
    const count = packed ? (header >> 1) * 8 : header >> 1;
    // Bit-packed runs are filled up to whole groups, by some writers to whole blocks of them.
    if (count < 0 || count > values - seen + (packed ? 512 : 0)) throw new Error(`a run claims ${count} values where ${values - seen} are left`);
    at += packed ? (header >> 1) * width : (width + 7) >> 3;
    seen += count;
  }
}

/** How often a value may be repeated, and at how many steps of its path it may be missing. */
function levelsOf(path: readonly SchemaTree[]): { readonly repetition: number; readonly definition: number } {
  let [repetition, definition] = [0, 0];
  for (const { element } of path) {
    if (element.repetition_type === 'REPEATED') repetition++;
    if (element.repetition_type !== 'REQUIRED') definition++;
  }
  return { repetition, definition };
}

/** Checks the runs of one data page. `page` is what was unpacked, `packed` what stands in the file: in version 2 the levels are not compressed. `path` is without the root. */
export function checkPage(header: PageHeader, page: Uint8Array, packed: Uint8Array, path: readonly SchemaTree[]): void {
  const [one, two] = [header.data_page_header, header.data_page_header_v2];
  const { repetition, definition } = levelsOf(path);
  const widthOf = (level: number): number => 32 - Math.clz32(level);
  let at = 0;
  if (one) {
    for (const level of [repetition, definition]) {
      if (level === 0) continue;
      checkRuns(page, at + 4, widthOf(level), one.num_values);
      at += 4 + new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(at, true);
    }
  } else if (two) {
    if (repetition > 0) checkRuns(packed, 0, widthOf(repetition), two.num_values);
    if (definition > 0) checkRuns(packed, two.repetition_levels_byte_length, widthOf(definition), two.num_values);
  }
  const values = one?.num_values ?? two?.num_values ?? 0;
  const encoding = one?.encoding ?? two?.encoding;
  if (encoding === 'RLE') checkRuns(page, at + 4, 1, values);
  const width = page[at] ?? 0;
  if ((encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') && width > 0) checkRuns(page, at + 1, width, values);
}

/** Program text: what stands in {@link zstdBound} and {@link checkPage}. */
export const boundsProgram = { zstdBound, checkPage, checkRuns, levelsOf };
