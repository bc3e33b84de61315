import { describe, expect, it } from 'vitest';
import { csv, csvFile, ndjson, ndjsonFile } from '../../src/connectors/files/index.js';
import { parquet } from '../../src/connectors/parquet/index.js';
import { ConfigurationError, type Problem } from '../../src/core/errors.js';

const problemsOf = (call: () => unknown): readonly Problem[] => {
  try {
    call();
  } catch (error) {
    return error instanceof ConfigurationError ? error.problems : expect.fail(String(error));
  }
  return [];
};
/** As untyped code would give them. */
const odd = (options: unknown): never => options as never;

describe('options of connectors', () => {
  it.each<[string, () => unknown, string]>([
    ['csv', () => csv('a', odd({ delimeter: ';' })), 'csv(): delimeter'],
    ['csvFile', () => csvFile('a', odd({ delimeter: ';' })), 'csvFile(): delimeter'],
    ['ndjson', () => ndjson('a', odd({ maxDepht: 3 })), 'ndjson(): maxDepht'],
    ['ndjsonFile', () => ndjsonFile('a', odd({ compress: true })), 'ndjsonFile(): compress'],
    ['parquet', () => parquet('a', odd({ column: ['x'] })), 'parquet(): column'],
    ['the limits of parquet', () => parquet('a', odd({ limits: { rows: 3 } })), 'parquet(): limits.rows'],
  ])('a misspelt one is an error: %s', (_, call, where) => {
    const problems = problemsOf(call);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ where, what: 'There is no such option.', fix: expect.stringMatching(/^There are \w+, \w+/) as string });
  });
  it('the fix names the options there are, where they are', () => {
    expect(problemsOf(() => csv('a', odd({ x: 1 })))[0]?.fix).toBe('There are name, compression, maxLineBytes, maxDecompressedBytes, maxExpansion, follow, delimiter, quote, header, columns, maxColumns.');
    expect(problemsOf(() => parquet('a', odd({ limits: { x: 1 } })))[0]?.fix).toBe('There are groupRows, groupBytes, footerBytes.');
  });
  it.each<[unknown, string, string, string]>([
    [{ header: 'yes' }, 'csv(): header', '"yes" is not `true` or `false`.', 'Give `true` or `false`, or leave it out.'],
    [{ name: 7 }, 'csv(): name', '7 is not a text.', 'Give a text, or leave it out.'],
    [{ compression: 'zip' }, 'csv(): compression', '"zip" is none of the choices.', 'Give one of "auto", "gzip", "none".'],
    [{ maxColumns: 0 }, 'csv(): maxColumns', '0 is not a positive whole number.', 'Give one, or leave it out for 10000.'],
    [{ maxLineBytes: 2 ** 40 }, 'csv(): maxLineBytes', '1099511627776 is more than a line can have in memory.', 'Give at most 268435456 (256 MiB).'],
    [{ columns: 'a' }, 'csv(): columns', 'They are none, or one of them is named twice or is no text.', 'Name each once, or leave the option out.'],
    [{ delimiter: '\n' }, 'csv(): delimiter', '"\\n" is not one ASCII character, or is a line break.', "Give one such as ',', ';', '|' or '\\t'."],
    [7, 'csv()', '7 is not an object of options.', 'Give an object of options, or leave it out.'],
  ])('%j is said in three parts: where, what, what to do', (options, where, what, fix) => expect(problemsOf(() => csv('a', odd(options)))).toEqual([{ code: 'files-option', where, what, fix }]));
  it('all that is wrong comes at once, with what is wrong about the files', () =>
    expect(problemsOf(() => parquet([], odd({ times: 'seconds', columns: [], limits: { groupRows: 1.5, footerBytes: Number.POSITIVE_INFINITY } }))).map(({ where }) => where)).toEqual(['parquet()', 'parquet(): columns', 'parquet(): times', 'parquet(): limits.groupRows', 'parquet(): limits.footerBytes']));
  it('`undefined` is the default, as everywhere', () => {
    expect(problemsOf(() => csv('a', { header: undefined, columns: undefined, maxLineBytes: undefined, name: undefined }))).toEqual([]);
    expect(problemsOf(() => parquet('a', { limits: undefined }))).toEqual([]);
    expect(problemsOf(() => ndjson('a', { maxExpansion: Number.POSITIVE_INFINITY }))).toEqual([]);
    expect(csv('a').name).toBe('csv');
    expect(parquet('a', { name: 'flights' }).name).toBe('flights');
  });
});
