/**
 * What runs in the decoding thread: reads the description and the row groups of Parquet files and packs their columns.
 *
 * Decoding is synchronous, and a page may be a whole row group: 40 to 120 ms for one column of 270,000 rows, ten times what the event loop may be held. Hence
 * a thread. Its program is *the text of the functions below* and in bounds.ts and pack.ts (put together in thread.ts), not a file of its own, because a file
 * is what bundlers lose. So the functions of each of these files may use nothing but each other and what is handed to them; imports are of types only.
 *
 * A file's own numbers are believed only after they were compared with the limits: a page header is checked before its page is decompressed.
 */
import type { AsyncBuffer, Compressors, DataReader, DecodedArray, FileMetaData, PageHeader, ParquetParsers, RowGroup, SchemaTree } from 'hyparquet';
import type * as Hyparquet from 'hyparquet';
import type { checkPage, zstdBound } from './bounds.js';
import type { Limits } from './limits.js';
import type { pack } from './pack.js';
import type { Packed } from './packed.js';

/** What the functions need from elsewhere. */
export interface Tools {
  readonly hyparquet: Pick<typeof Hyparquet, 'parquetMetadataAsync' | 'parquetRead' | 'parquetSchema' | 'snappyUncompress'>;
  readonly parquetHeader: (reader: DataReader) => PageHeader;
  readonly compressors: Compressors | undefined;
  /** Reads into the whole of `into` from `position` on; answers how many bytes there were. */
  readonly readAt: (file: number, into: Uint8Array, position: number) => number;
  readonly serialize: (value: unknown) => Uint8Array;
  readonly pack: typeof pack;
  readonly zstdBound: typeof zstdBound;
  readonly checkPage: typeof checkPage;
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

/** Of one page, unpacked. */
type Check = (page: Uint8Array) => void;

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

/** Compares what the page headers of one column of a group claim with what may be. Answers the bytes they unpack to, and a check for each page to come, in the order in which pages are unpacked. */
function checkColumn(known: Known, group: RowGroup, chunk: RowGroup['columns'][number], tree: SchemaTree): { readonly bytes: number; readonly checks: readonly Check[] } {
  const { tools, reading: { limits } } = known;
  const meta = chunk.meta_data;
  if (meta === undefined) throw new Error('a column has no description');
  const { codec, path_in_schema: names } = meta;
  if (codec !== 'UNCOMPRESSED' && codec !== 'SNAPPY' && tools.compressors?.[codec] === undefined)
    throw new Error(tools.compressors === undefined ? `it is compressed with ${codec}, and the package "hyparquet-compressors" is not installed. Run: npm install hyparquet-compressors` : `its compression ${codec} is not known`);
  const path = [tree];
  for (const name of names.slice(1)) path.push(path.at(-1)?.children.find(child => child.element.name === name) ?? tree);
  const flat = isFlat(tree);
  const most = flat ? Number(group.num_rows) : limits.groupRows * 4;
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const slice = known.buffer.slice(start, start + Number(meta.total_compressed_size)) as ArrayBuffer;
  const reader = { view: new DataView(slice), offset: 0 };
  const checks: Check[] = [];
  let [values, bytes] = [0, 0];
  while (reader.offset < slice.byteLength - 1) {
    const header = tools.parquetHeader(reader);
    const { uncompressed_page_size: size, compressed_page_size: packedSize, data_page_header_v2: two } = header;
    const count = header.data_page_header?.num_values ?? two?.num_values ?? 0;
    const words = header.dictionary_page_header?.num_values ?? 0;
    // Thrift fields may simply be absent, whatever the types say; an offset that is not a number sends the decoder round in circles.
    const counts = two ? [two.num_values, two.num_nulls, two.num_rows, two.repetition_levels_byte_length, two.definition_levels_byte_length] : [count, words];
    if (![size, packedSize, ...counts].every(number => Number.isSafeInteger(number) && number >= 0) || words > size || reader.offset + packedSize > slice.byteLength)
      throw new Error('a page does not fit its header');
    if (two && (two.num_nulls > two.num_values || two.repetition_levels_byte_length + two.definition_levels_byte_length > packedSize)) throw new Error('a page does not fit its header');
    values += count;
    bytes += size;
    if (bytes > limits.groupBytes) throw new Error(`a column unpacks to more than ${limits.groupBytes} bytes in one row group (limits.groupBytes)`);
    if (values > most) throw new Error(flat ? `a column claims ${values} values in a row group of ${most} rows` : `a column claims ${values} values in one row group; the limit is ${most} (4 times limits.groupRows)`);
    const packed = new Uint8Array(slice, reader.offset, packedSize);
    const body = packed.subarray(two ? two.repetition_levels_byte_length + two.definition_levels_byte_length : 0);
    if (codec === 'UNCOMPRESSED' || two?.is_compressed === false) tools.checkPage(header, body, packed, path);
    else {
      if (codec === 'ZSTD' && body.length > 0 && tools.zstdBound(body) > limits.groupBytes) throw new Error(`a page unpacks to more than ${limits.groupBytes} bytes (limits.groupBytes)`);
      checks.push(page => tools.checkPage(header, page, packed, path));
    }
    reader.offset += packedSize;
  }
  return { bytes, checks };
}

/** Decompressors that have every page checked between unpacking and decoding. */
function checkedCompressors(tools: Tools, checks: Check[]): Compressors {
  const snappy = (input: Uint8Array, length: number): Uint8Array => {
    const page = new Uint8Array(length);
    tools.hyparquet.snappyUncompress(input, page);
    return page;
  };
  const all = Object.entries({ SNAPPY: snappy, ...tools.compressors });
  return Object.fromEntries(
    all.map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, length: number) => {
        const page = unpack(input, length);
        checks.shift()?.(page);
        return page;
      },
    ]),
  );
}

function isFlat(tree: SchemaTree): boolean {
  return tree.children.length === 0 && tree.element.repetition_type !== 'REPEATED';
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
    const checks: Check[] = [];
    for (const chunk of group.columns) {
      if (chunk.meta_data?.path_in_schema[0] !== name) continue;
      const checked = checkColumn(known, group, chunk, tree);
      bytes += checked.bytes;
      for (const check of checked.checks) checks.push(check);
    }
    if (bytes > reading.limits.groupBytes) throw new Error(`it unpacks to more than ${reading.limits.groupBytes} bytes (limits.groupBytes)`);
    const times = isFlat(tree) && isTime(tree);
    const chunks: DecodedArray[] = [];
    if (rows > 0)
      await tools.hyparquet.parquetRead({
        file: known.buffer, metadata, columns: [name], rowStart, rowEnd: rowStart + rows, utf8: reading.binary === 'text',
        compressors: checkedCompressors(tools, checks),
        parsers: parsersOf(!times && reading.times === 'date'),
        onChunk: chunk => void chunks.push(chunk.columnData),
      });
    const found = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (found !== rows) throw new Error(`its column "${name}" has ${found} values in a row group of ${rows} rows`);
    const column = tools.pack(chunks, rows, times && reading.times === 'date' ? 'times' : 'numbers', tools.serialize, reading.limits.groupBytes * 2);
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

/** Program text: what stands in {@link decoder}. */
export const decodeProgram = { decoder, bytesOf, openFile, checkColumn, checkedCompressors, isFlat, isTime, parsersOf, readGroup };
