/**
 * What runs in the decoding thread: reads the description and the row groups of Parquet files and packs their columns.
 *
 * Decoding is synchronous, and a page may be a whole row group: 40 to 120 ms for one column of 270,000 rows, ten times what the event loop may be held. Hence
 * a thread. Its program is *the text of the functions below* (see thread.ts), not a file of its own, because a file is what bundlers lose. So they may use
 * nothing but each other and what is handed to them; imports here are of types only.
 *
 * A file's own numbers are believed only after they were compared with the limits: a page header is checked before its page is decompressed.
 */
import type { AsyncBuffer, Compressors, DataReader, DecodedArray, FileMetaData, PageHeader, ParquetParsers, RowGroup, SchemaTree } from 'hyparquet';
import type * as Hyparquet from 'hyparquet';
import type { Limits } from './limits.js';
import type { Packed } from './packed.js';

/** What the functions need from elsewhere. */
export interface Tools {
  readonly hyparquet: Pick<typeof Hyparquet, 'parquetMetadataAsync' | 'parquetRead' | 'parquetSchema'>;
  readonly parquetHeader: (reader: DataReader) => PageHeader;
  readonly compressors: Compressors | undefined;
  /** Reads into the whole of `into` from `position` on; answers how many bytes there were. */
  readonly readAt: (file: number, into: Uint8Array, position: number) => number;
  readonly serialize: (value: unknown) => Uint8Array;
}

/** How a file is to be read. */
export interface Reading {
  readonly columns: readonly string[] | undefined;
  readonly limits: Limits;
  readonly times: 'date' | 'milliseconds';
  readonly binary: 'bytes' | 'text';
}

/** A file that is open in the main thread; descriptors are the process's. */
export interface OpenFile {
  readonly descriptor: number;
  readonly bytes: number;
}

export type Request =
  | { readonly what: 'open'; readonly file: number; readonly opened: OpenFile; readonly reading: Reading }
  | { readonly what: 'group'; readonly file: number; readonly group: number }
  | { readonly what: 'forget'; readonly file: number };

export interface Group {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly column: Packed }[];
}

/** Rows of each group for `open`, a group for `group`. */
export type Answer = readonly number[] | Group | undefined;

interface Known {
  readonly metadata: FileMetaData;
  readonly columns: readonly SchemaTree[];
  readonly buffer: AsyncBuffer;
  readonly reading: Reading;
  readonly tools: Tools;
}

/** Bytes of a file, within it: a range beyond its end or its limit is never allocated. */
function bytesOf(tools: Tools, { descriptor, bytes }: OpenFile, limit: number): AsyncBuffer {
  return {
    byteLength: bytes,
    slice(start, end = bytes) {
      if (!(start >= 0 && start <= end && end <= bytes)) throw new Error(`it refers to bytes ${start} to ${end}, but has ${bytes}`);
      if (end - start > limit) throw new Error(`${end - start} bytes would be read at once; the limit is ${limit} (limits.groupBytes)`);
      const into = new Uint8Array(end - start);
      if (tools.readAt(descriptor, into, start) < into.length) throw new Error('it became shorter while it was read');
      return into.buffer;
    },
  };
}

async function openFile(tools: Tools, opened: OpenFile, reading: Reading): Promise<Known> {
  const { limits } = reading;
  const buffer = bytesOf(tools, opened, Math.max(limits.footerBytes, limits.groupBytes));
  if (opened.bytes < 12) throw new Error(`it has ${opened.bytes} bytes; a Parquet file has at least 12`);
  const tail = new DataView(await buffer.slice(opened.bytes - 8));
  if (tail.getUint32(4, true) !== 0x31524150) throw new Error('it does not end with "PAR1"');
  if (tail.getUint32(0, true) > limits.footerBytes) throw new Error(`its description has ${tail.getUint32(0, true)} bytes; the limit is ${limits.footerBytes} (limits.footerBytes)`);
  const metadata = await tools.hyparquet.parquetMetadataAsync(buffer, { geoparquet: false });
  const all = tools.hyparquet.parquetSchema(metadata).children;
  const names = reading.columns ?? all.map(child => child.element.name);
  const columns = names.map(name => {
    const found = all.find(child => child.element.name === name);
    if (found === undefined) throw new Error(`it has no column "${name}"; it has ${all.map(child => child.element.name).join(', ')}`);
    if (name === '__proto__') throw new Error('it has a column named "__proto__", which no row object can hold; choose others with the option columns');
    return found;
  });
  if (new Set(names).size < names.length) throw new Error('it has two columns of the same name; choose others with the option columns');
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    if (!(rows >= 0)) throw new Error(`a row group claims ${rows} rows`);
    if (rows > limits.groupRows) throw new Error(`a row group has ${rows} rows; the limit is ${limits.groupRows} (limits.groupRows)`);
  }
  return { metadata, columns, buffer, reading, tools };
}

/** How many bytes a Zstandard frame unpacks to at most, from its headers alone: the decoder believes them, and a few bytes can claim gigabytes. */
function zstdBound(input: Uint8Array): number {
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
    const [size, repeated] = [header >> 3, ((header >> 1) & 3) === 1];
    bound += ((header >> 1) & 3) === 2 ? 131_072 : size;
    at += 3 + (repeated ? 1 : size);
    if ((header & 1) === 1) return bound;
  }
}

/** Walks over the page headers of one column of a group and compares what they claim with what may be; answers the bytes they unpack to. */
function checkPages(known: Known, group: RowGroup, chunk: RowGroup['columns'][number], flat: boolean): number {
  const { limits } = known.reading;
  const meta = chunk.meta_data;
  if (meta === undefined) throw new Error('a column has no description');
  const { codec } = meta;
  if (codec !== 'UNCOMPRESSED' && codec !== 'SNAPPY' && known.tools.compressors?.[codec] === undefined)
    throw new Error(known.tools.compressors === undefined ? `it is compressed with ${codec}, and the package "hyparquet-compressors" is not installed. Run: npm install hyparquet-compressors` : `its compression ${codec} is not known`);
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const slice = known.buffer.slice(start, start + Number(meta.total_compressed_size)) as ArrayBuffer;
  const reader = { view: new DataView(slice), offset: 0 };
  const most = flat ? Number(group.num_rows) : limits.groupRows * 4;
  let values = 0;
  let bytes = 0;
  while (reader.offset < slice.byteLength - 1) {
    const header = known.tools.parquetHeader(reader);
    const size = header.uncompressed_page_size;
    const count = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
    const words = header.dictionary_page_header?.num_values ?? 0;
    if (!(size >= 0 && count >= 0 && header.compressed_page_size >= 0) || reader.offset + header.compressed_page_size > slice.byteLength) throw new Error('a page header does not fit its column');
    if (words > size) throw new Error(`a dictionary of ${size} bytes claims ${words} values`);
    bytes += size;
    values += count;
    if (bytes > limits.groupBytes) throw new Error(`a column unpacks to more than ${limits.groupBytes} bytes in one row group (limits.groupBytes)`);
    if (values > most) throw new Error(flat ? `a column claims ${values} values in a row group of ${most} rows` : `a column claims ${values} values in one row group; the limit is ${most} (4 times limits.groupRows)`);
    const levels = (header.data_page_header_v2?.repetition_levels_byte_length ?? 0) + (header.data_page_header_v2?.definition_levels_byte_length ?? 0);
    if (codec === 'ZSTD' && header.data_page_header_v2?.is_compressed !== false && size > levels && zstdBound(new Uint8Array(slice, reader.offset + levels, header.compressed_page_size - levels)) > limits.groupBytes)
      throw new Error(`a page unpacks to more than ${limits.groupBytes} bytes (limits.groupBytes)`);
    reader.offset += header.compressed_page_size;
  }
  return bytes;
}

/** Numbers where exact, `null` for what is missing, all the way down. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** As numbers, if every value is one (or missing). */
function packNumbers(chunks: readonly DecodedArray[], rows: number, kind: 'numbers' | 'times'): Packed | undefined {
  const values = new Float64Array(rows);
  let nulls: Uint8Array | undefined;
  let i = 0;
  for (const chunk of chunks) {
    for (let j = 0; j < chunk.length; j++, i++) {
      const value: unknown = chunk[j];
      if (typeof value === 'number') values[i] = value;
      else if (typeof value === 'bigint') {
        const number = Number(value);
        if (!Number.isSafeInteger(number)) return undefined;
        values[i] = number;
      } else if (value === null || value === undefined) (nulls ??= new Uint8Array(rows))[i] = 1;
      else return undefined;
    }
  }
  return { kind, values, nulls };
}

/** As a list of distinct texts, truth values and nulls with an index per row, if they are few. */
function packWords(chunks: readonly DecodedArray[], rows: number): Packed | undefined {
  const seen = new Map<unknown, number>();
  const indexes = new Uint16Array(rows);
  let i = 0;
  for (const chunk of chunks) {
    for (let j = 0; j < chunk.length; j++, i++) {
      const value: unknown = chunk[j] ?? null;
      let index = seen.get(value);
      if (index === undefined) {
        if (seen.size === 4_096 || (value !== null && typeof value !== 'string' && typeof value !== 'boolean')) return undefined;
        seen.set(value, (index = seen.size));
      }
      indexes[i] = index;
    }
  }
  return { kind: 'words', words: [...seen.keys()], indexes };
}

function packParts(tools: Tools, chunks: readonly DecodedArray[], limit: number): Packed {
  const size = 512;
  const parts: Uint8Array[] = [];
  let part: unknown[] = [];
  let bytes = 0;
  const cut = (): void => {
    // A copy of its own: what changes hands must not share its buffer with other memory of the thread.
    const serialized = new Uint8Array(tools.serialize(part));
    bytes += serialized.length;
    if (bytes > limit) throw new Error(`a column has more than ${limit} bytes in one row group (limits.groupBytes)`);
    parts.push(serialized);
    part = [];
  };
  for (const chunk of chunks) {
    for (let j = 0; j < chunk.length; j++) {
      part.push(plain(chunk[j]));
      if (part.length === size) cut();
    }
  }
  if (part.length > 0) cut();
  return { kind: 'parts', parts, size };
}

function isTime({ element }: SchemaTree): boolean {
  const kind = element.converted_type;
  return kind === 'DATE' || kind === 'TIMESTAMP_MILLIS' || kind === 'TIMESTAMP_MICROS' || element.logical_type?.type === 'TIMESTAMP' || (kind === undefined && element.type === 'INT96');
}

/** Epoch milliseconds, with the fraction that microseconds have; as `Date` where the value stands inside another. */
function parsersOf(asDate: boolean): Partial<ParquetParsers> {
  const time = (milliseconds: number): unknown => (asDate ? new Date(milliseconds) : milliseconds);
  return {
    timestampFromMilliseconds: value => time(Number(value)),
    timestampFromMicroseconds: value => time(Number(value) / 1_000),
    timestampFromNanoseconds: value => time(Number(value / 1_000n) / 1_000),
    dateFromDays: days => time(days * 86_400_000),
  };
}

async function readGroup(known: Known, index: number): Promise<Group> {
  const { metadata, reading, tools } = known;
  const group = metadata.row_groups[index];
  if (group === undefined) throw new Error(`it has no row group ${index}`);
  const rows = Number(group.num_rows);
  const rowStart = metadata.row_groups.slice(0, index).reduce((sum, before) => sum + Number(before.num_rows), 0);
  let bytes = 0;
  const columns: { name: string; column: Packed }[] = [];
  for (const tree of known.columns) {
    const { name } = tree.element;
    const flat = tree.children.length === 0 && tree.element.repetition_type !== 'REPEATED';
    for (const chunk of group.columns) if (chunk.meta_data?.path_in_schema[0] === name) bytes += checkPages(known, group, chunk, flat);
    if (bytes > reading.limits.groupBytes) throw new Error(`it unpacks to more than ${reading.limits.groupBytes} bytes (limits.groupBytes)`);
    const times = flat && isTime(tree);
    const chunks: DecodedArray[] = [];
    if (rows > 0)
      await tools.hyparquet.parquetRead({
        file: known.buffer, metadata, columns: [name], rowStart, rowEnd: rowStart + rows, utf8: reading.binary === 'text',
        ...(tools.compressors && { compressors: tools.compressors }),
        parsers: parsersOf(!times && reading.times === 'date'),
        onChunk: chunk => void chunks.push(chunk.columnData),
      });
    const found = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (found !== rows) throw new Error(`its column "${name}" has ${found} values in a row group of ${rows} rows`);
    const column = packNumbers(chunks, rows, times && reading.times === 'date' ? 'times' : 'numbers') ?? packWords(chunks, rows) ?? packParts(tools, chunks, reading.limits.groupBytes * 2);
    columns.push({ name, column });
  }
  return { rows, columns };
}

/** Answers one request after the other, and keeps the descriptions of the files in between. */
export function decoder(tools: Tools): (request: Request) => Promise<Answer> {
  const files = new Map<number, Known>();
  return async request => {
    if (request.what === 'forget') return void files.delete(request.file);
    if (request.what === 'open') {
      const known = await openFile(tools, request.opened, request.reading);
      files.set(request.file, known);
      return known.metadata.row_groups.map(group => Number(group.num_rows));
    }
    const known = files.get(request.file);
    if (known === undefined) throw new Error('it is not open');
    return readGroup(known, request.group);
  };
}

/** The buffers of an answer, which change hands instead of being copied. */
export function buffersOf(answer: Answer): ArrayBuffer[] {
  if (answer === undefined || !('columns' in answer)) return [];
  return answer.columns.flatMap(({ column }): ArrayBufferLike[] => {
    if (column.kind === 'parts') return column.parts.map(part => part.buffer);
    if (column.kind === 'words') return [column.indexes.buffer];
    return column.nulls === undefined ? [column.values.buffer] : [column.values.buffer, column.nulls.buffer];
  }) as ArrayBuffer[];
}

/** The program of the thread: defines `decoder` and `buffersOf` under the names given. */
export const decoderProgram = (): { readonly text: string; readonly decoder: string; readonly buffersOf: string } => ({
  text: [bytesOf, openFile, zstdBound, checkPages, plain, packNumbers, packWords, packParts, isTime, parsersOf, readGroup, decoder, buffersOf].map(String).join('\n'),
  decoder: decoder.name,
  buffersOf: buffersOf.name,
});
