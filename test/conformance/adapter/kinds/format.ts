/** Files as data: CSV and lines of JSON, read by the library's sources. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Case, Params, Step } from '../../case.js';
import type { Result } from '../../compare.js';
import { NotOffered } from '../../outcome.js';
import { cutAt, drive, jsonParser, rowParser } from '../../../connectors/files/drive.js';
import { onlyKnown, textOf } from '../fields.js';

/** Read whole, or in every two parts it can be cut into. Same rows each time, or it says how they differ. */
function rowsOf(params: Params, bytes: Buffer): readonly unknown[] {
  const parser = () => (params['format'] === 'csv' ? rowParser() : jsonParser());
  const cuts = params['chunks'] === undefined ? [0] : Array.from(bytes.keys());
  const readings = cuts.map(at => {
    const { values, failures } = drive(parser(), cutAt(bytes, [at]));
    if (failures.length !== 0) throw new Error(`cut at ${at}: ${JSON.stringify(failures)}`);
    return values;
  });
  const different = readings.findIndex(rows => JSON.stringify(rows) !== JSON.stringify(readings[0]));
  if (different !== -1) throw new Error(`cut at ${cuts[different]}: ${JSON.stringify(readings[different])}`);
  return readings[0] ?? [];
}

/** A file of the package that holds this suite. */
function fileOf(step: Step, path: string): Buffer {
  const [, name = ''] = textOf(step['repo'])?.split('/') ?? [];
  try {
    return readFileSync(join(dirname(createRequire(import.meta.url).resolve(name)), path));
  } catch (cause) {
    throw new NotOffered('words', `file ${path} of ${String(step['repo'])}: ${String(cause)}`);
  }
}

const withHeader = ([names = [], ...rows]: readonly (readonly string[])[]): readonly unknown[] => rows.map(row => Object.fromEntries(names.map((name, at) => [name, row[at]])));

/** Rows of a file are checked against the file of rows the suite has for it. */
function suiteRows(step: Step, { expected }: Case, params: Params): Result {
  const read = rowsOf(params, fileOf(step, textOf(step['path']) ?? ''));
  const rows = params['header'] === true ? withHeader(read as readonly string[][]) : read;
  const file = textOf(expected[0]?.['expectedFile']);
  const wanted = file === undefined ? rows : [JSON.parse(fileOf(step, file).toString()) as unknown].flat();
  if (JSON.stringify(rows) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(rows)} is not ${JSON.stringify(wanted)}`);
  return { after: 0, rows: rows.length, columns: (read as readonly string[][])[0], expectedFile: file };
}

/** Each file is one line between two others; the others must be read whatever it holds. */
function suiteOfLines(step: Step, { expected }: Case, folder: string): Result {
  const pattern = textOf(step['glob']) ?? '';
  const inside = join(folder, dirname(pattern));
  if (!existsSync(inside)) throw new NotOffered('words', `folder ${dirname(pattern)} is not there`);
  const matching = new RegExp(`^${basename(pattern).replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  const files = readdirSync(inside).filter(name => matching.test(name));
  if (files.length !== step['count']) throw new Error(`${files.length} files`);
  const result = textOf(expected[0]?.['result']) ?? '';
  const accepted = result.includes('succeeds');
  const refused = result.includes('error');
  for (const file of files) {
    const bytes = readFileSync(join(inside, file));
    // More than one line, or none.
    if (bytes.subarray(0, -1).includes(10) || bytes.length === 0) continue;
    const { values, failures } = drive(jsonParser(), [Buffer.from('"before"\n'), bytes, Buffer.from('\n"after"\n')]);
    const [first, ...rest] = values;
    if (first !== 'before' || rest.pop() !== 'after') throw new Error(`${file}: ${JSON.stringify(values)}`);
    if ((accepted && failures.length !== 0) || (refused && failures.length === 0 && bytes.toString().trim() !== '')) throw new Error(`${file}: ${JSON.stringify({ values, failures })}`);
    if (refused && rest.length !== 0) throw new Error(`${file} was accepted`);
  }
  return { after: 0, result: expected[0]?.['result'] };
}

export async function playFormat(one: Case, folder: string): Promise<readonly Result[]> {
  const { params, input } = one;
  onlyKnown(params, ['format', 'header', 'chunks', 'mode']);
  const step = input[0];
  if (step === undefined || input.length !== 1 || !['csv', 'ndjson'].includes(textOf(params['format']) ?? '')) throw new NotOffered('words', JSON.stringify(params));
  switch (step.op) {
    case 'text':
      return [{ after: 0, rows: rowsOf(params, Buffer.from(textOf(step['text']) ?? '')) }];
    case 'file':
      return [suiteRows(step, one, params)];
    case 'files':
      return [suiteOfLines(step, one, folder)];
    default:
      throw new NotOffered('words', `step ${step.op}`);
  }
}
