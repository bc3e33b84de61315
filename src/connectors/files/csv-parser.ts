/**
 * Records of CSV (RFC 4180, and a quote inside a field that does not begin with one is text: 17.9"W), line by line: a line without quotes is cut at its delimiters; one with quotes goes through the slower half, which remembers
 * an open quoted field until a later line closes it. Nothing is scanned twice, except after a record that could not be read: that costs its first line only,
 * and reading goes on with the line after it, so that one stray quote does not swallow the rest of the file.
 */
import type { FailedRead } from '../../core/source.js';
import { createLines } from './lines.js';
import { createPlaces, failedLine, LARGEST_BATCH, shownLine, type Parser } from './parser.js';
import { positionOf, type Place } from './place.js';

/** How records are cut, and what becomes of their fields. */
export interface CsvReading<out T> {
  readonly delimiter: string;
  readonly quote: string;
  readonly maxLineBytes: number;
  readonly maxColumns: number;
  /** How many fields a record has; `undefined`: any number. */
  readonly width: number | undefined;
  /** The first `count` of the array are the fields; it is used again for the next record. */
  make(fields: readonly string[], count: number): T;
}

type Outcome = 'record' | 'open' | 'stray-quote' | 'too-many';

/** Cuts one record into its fields. */
interface Cutter {
  /** Written over by the next record: emptying the array would give its memory back each time. */
  readonly fields: string[];
  /** How many of them belong to the record in hand. */
  readonly count: number;
  /** One line, or the next one of an open record, without its line feed; `end` is where its carriage return stands, or its length. */
  cut(text: string, end: number): Outcome;
  reset(): void;
}

function createCutter(delimiter: string, quote: string, maxColumns: number): Cutter {
  const quoteCode = quote.charCodeAt(0);
  const delimiterCode = delimiter.charCodeAt(0);
  const fields: string[] = [];
  let count = 0;
  let open = false;
  let value = '';

  const plain = (text: string, end: number): Outcome => {
    let from = 0;
    for (let d = text.indexOf(delimiter); d !== -1; d = text.indexOf(delimiter, from)) {
      if (count >= maxColumns) return 'too-many';
      fields[count++] = text.substring(from, d);
      from = d + 1;
    }
    fields[count++] = text.substring(from, end);
    return count > maxColumns ? 'too-many' : 'record';
  };
  /** From within a quoted field to behind its closing quote; -1: not closed on this line. */
  const quoted = (text: string, from: number): number => {
    for (;;) {
      const q = text.indexOf(quote, from);
      if (q === -1) {
        value += `${text.slice(from)}\n`;
        open = true;
        return -1;
      }
      if (text.charCodeAt(q + 1) !== quoteCode) {
        fields[count++] = value + text.slice(from, q);
        value = '';
        open = false;
        return q + 1;
      }
      value += text.slice(from, q + 1);
      from = q + 2;
    }
  };
  const mixed = (text: string, end: number): Outcome => {
    let at = 0;
    for (;;) {
      if (count >= maxColumns) return 'too-many';
      if (open || text.charCodeAt(at) === quoteCode) {
        at = quoted(text, open ? at : at + 1);
        if (at === -1) return 'open';
        if (at === end) return 'record';
        if (text.charCodeAt(at) !== delimiterCode) return 'stray-quote';
      } else {
        const d = text.indexOf(delimiter, at);
        fields[count++] = text.slice(at, d === -1 ? end : d);
        if (d === -1) return 'record';
        at = d;
      }
      at++;
    }
  };
  return {
    fields,
    get count() {
      return count;
    },
    cut: (text, end) => (open || text.includes(quote) ? mixed(text, end) : plain(text, end)),
    reset() {
      count = 0;
      open = false;
      value = '';
    },
  };
}

/** What is wrong, and what to do about it. */
const complaints: { readonly [code: string]: readonly [what: string, fix: string] } = {
  'csv-stray-quote': ['goes on behind the closing quote of a field.', 'Write quotes within a quoted field twice; reading goes on with the line after it.'],
  'csv-open-quote': ['opens a quoted field that nothing closes.', 'Close it; reading goes on with the line after it.'],
};

/** Parses the file at `path` (for messages) from a place on. */
export function csvParser<T>(path: string, from: Place, reading: CsvReading<T>): Parser<T> {
  const { maxLineBytes, maxColumns, width, make } = reading;
  const lines = createLines(from, maxLineBytes);
  const cutter = createCutter(reading.delimiter, reading.quote, maxColumns);
  const { cut, fields, reset } = cutter;
  /** Where the record began whose quoted field is open; its first line, for messages. */
  let open: { readonly byte: number; readonly number: number; readonly line: number; readonly shown: string } | undefined;

  return {
    feed: lines.feed,
    finish: lines.finish,
    take(max) {
      const room = Math.min(max, LARGEST_BATCH);
      const values: T[] = [];
      const places = createPlaces(room);
      const failed: FailedRead[] = [];
      /** The record in hand cannot be read; if it was more than a line, only the first is given up. */
      const fail = (code: string, what = complaints[code]?.[0] ?? '', fix = complaints[code]?.[1] ?? ''): void => {
        const at = open ?? { byte: lines.byte, line: lines.number, shown: shownLine(lines, maxLineBytes) };
        failed.push(failedLine(code, path, { byte: at.byte, line: at.line }, values.length, at.shown, what, fix));
        if (open !== undefined) lines.rewind();
        open = undefined;
        reset();
      };
      const tooLong = (): void => fail('line-too-long', `begins a record longer than ${maxLineBytes} bytes${open === undefined ? '' : ' (a quote that is not closed?)'}.`, 'Raise maxLineBytes if it is meant to be.');
      const record = (): void => {
        const { count } = cutter;
        if (width !== undefined && count !== width) {
          // Whole as it stands, so what follows it is not in doubt.
          lines.release();
          const at = open ?? { byte: lines.byte, line: lines.number, shown: shownLine(lines, maxLineBytes) };
          failed.push(failedLine('csv-ragged', path, { byte: at.byte, line: at.line }, values.length, at.shown, `has ${count} field${count === 1 ? '' : 's'}, not ${width}.`, 'Every record must have as many as there are columns.'));
        } else {
          places.add(open ?? lines);
          values.push(make(fields, count));
          lines.release();
        }
        open = undefined;
        reset();
      };
      let seen = 0;
      for (; seen < room; seen++) {
        const step = lines.next();
        if (step === 'wait') break;
        if (step === 'end') {
          if (open === undefined) break;
          fail('csv-open-quote');
          continue;
        }
        if (step === 'long') {
          const rewinds = open !== undefined;
          tooLong();
          if (!rewinds) lines.skip();
          continue;
        }
        if (open === undefined && lines.start === lines.end) continue;
        if (open !== undefined && lines.end - lines.start + lines.byte - open.byte > maxLineBytes) {
          tooLong();
          continue;
        }
        if (!lines.valid()) {
          fail('invalid-utf8', 'is not UTF-8, or a line of its record is not.', 'Convert the file to UTF-8.');
          continue;
        }
        const { start, end, carriage } = lines;
        const text = lines.bytes.toString('utf8', start, carriage ? end + 1 : end);
        const outcome = cut(text, carriage ? text.length - 1 : text.length);
        if (outcome === 'record') record();
        else if (outcome === 'too-many') fail('csv-too-many-columns', `has more than ${maxColumns} fields.`, 'Raise maxColumns if it is meant to.');
        else if (outcome === 'stray-quote') fail('csv-stray-quote');
        else if (open === undefined) {
          open = { byte: lines.byte, number: lines.number, line: lines.number, shown: shownLine(lines, maxLineBytes) };
          lines.hold();
        }
      }
      if (seen === 0) return undefined;
      return { values, position: positionOf(lines.place()), positionOf: index => positionOf(places.of(index)), behind: true, ...(failed.length > 0 && { failed }) };
    },
  };
}
