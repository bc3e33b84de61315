/** Lines of JSON to values. `JSON.parse` is nearly all of the time; everything around it is kept to a look at the bytes. */
import { causeText } from '../../core/errors.js';
import type { FailedRead } from '../../core/source.js';
import { duplicateKey, hasLongInteger, isDeeper, roundedIntegers, withTexts } from './json-checks.js';
import { createLines } from './lines.js';
import { createPlaces, failedLine, LARGEST_BATCH, shownLine, type Parser } from './parser.js';
import { positionOf, type Place } from './place.js';

/** How lines of JSON are read, filled in. */
export interface JsonReading {
  readonly maxLineBytes: number;
  readonly maxDepth: number;
  readonly bigints: 'reject' | 'text' | 'round';
  readonly duplicateKeys: 'last' | 'reject';
}

/** What stands against a line. */
interface Complaint {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly cause?: unknown;
}

/** Is it a complaint rather than a value? A class of its own, since a value may look like anything. */
class Refused {
  constructor(readonly complaint: Complaint) {}
}

/** Parses the file at `path` (for messages) from a place on. */
export function ndjsonParser<T>(path: string, from: Place, reading: JsonReading): Parser<T> {
  const { maxLineBytes, maxDepth, bigints, duplicateKeys } = reading;
  const lines = createLines(from, maxLineBytes);

  const parse = (): unknown => {
    const { bytes, start, end } = lines;
    if (!lines.valid()) return new Refused({ code: 'invalid-utf8', what: 'is not UTF-8.', fix: 'Convert the file to UTF-8.' });
    if (isDeeper(bytes, start, end, maxDepth)) return new Refused({ code: 'json-depth', what: `nests deeper than ${maxDepth} levels.`, fix: 'Raise maxDepth if it is meant to.' });
    const text = bytes.toString('utf8', start, end);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      return new Refused({ code: 'json-syntax', what: `is not JSON: ${causeText(cause)}.`, fix: 'Each line must be one JSON value.', cause });
    }
    if (duplicateKeys === 'reject') {
      const key = duplicateKey(text);
      if (key !== undefined) return new Refused({ code: 'json-duplicate-key', what: `has the key ${JSON.stringify(key.slice(0, 100))} twice in one object.`, fix: "Give it once, or take the last with duplicateKeys: 'last'." });
    }
    if (bigints === 'round' || !hasLongInteger(bytes, start, end)) return value;
    const integers = roundedIntegers(text);
    const [first] = integers;
    if (first === undefined) return value;
    if (bigints === 'text') return JSON.parse(withTexts(text, integers)) as unknown;
    const digits = text.slice(first[0], Math.min(first[1], first[0] + 50));
    return new Refused({ code: 'json-integer', what: `holds the integer ${digits}, which a number would round.`, fix: "Write it as a string, or read such integers as strings with bigints: 'text'." });
  };

  return {
    feed: lines.feed,
    finish: lines.finish,
    take(max) {
      const room = Math.min(max, LARGEST_BATCH);
      const values: T[] = [];
      const places = createPlaces(room);
      const failed: FailedRead[] = [];
      const fail = ({ code, what, fix, cause }: Complaint): void =>
        void failed.push(failedLine(code, path, { byte: lines.byte, line: lines.number }, values.length, shownLine(lines, maxLineBytes), what, fix, cause));
      let seen = 0;
      for (; seen < room; seen++) {
        const step = lines.next();
        if (step === 'wait' || step === 'end') break;
        if (step === 'long') {
          fail({ code: 'line-too-long', what: `is longer than ${maxLineBytes} bytes.`, fix: 'Raise maxLineBytes if it is meant to be.' });
          lines.skip();
          continue;
        }
        if (lines.start === lines.end) continue;
        const value = parse();
        if (value instanceof Refused) fail(value.complaint);
        else {
          places.add(lines);
          values.push(value as T); // the caller says what the values are; nothing here knows
        }
      }
      if (seen === 0) return undefined;
      return { values, position: positionOf(lines.place()), positionOf: index => positionOf(places.of(index)), behind: true, ...(failed.length > 0 && { failed }) };
    },
  };
}
