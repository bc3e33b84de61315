import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../../../src/connectors/files/place.js';
import { bytesOf, cutAt, drive, jsonParser, told } from './reading.js';

const read = (text: string | Uint8Array, options = {}) => drive(jsonParser(options), [typeof text === 'string' ? Buffer.from(text) : text]);

describe('NDJSON', () => {
  it('gives any JSON value', () => expect(read('1\n"x"\nnull\ntrue\n[1]\n{"a":{}}').values).toEqual([1, 'x', null, true, [1], { a: {} }]));
  it('passes over empty lines, and takes CRLF', () => expect(read('1\r\n\r\n\n2\r\n').values).toEqual([1, 2]));
  it('of nothing gives nothing', () => expect(read('')).toEqual({ values: [], positions: [], failures: [], position: undefined }));

  it('says where each record and each failure stood, and goes on', () => {
    const out = read('{"a":"é"}\n\nbroken\n2\n');
    expect(out.values).toEqual([{ a: 'é' }, 2]);
    expect(out.positions).toEqual([{ byte: 0, line: 1 }, { byte: 19, line: 4 }]);
    expect(out.failures).toMatchObject([{ code: 'json-syntax', position: { byte: 12, line: 3 }, input: 'broken', before: 1 }]);
    expect(out.failures[0]?.message).toMatch(/Line 3 \(byte 12\) of "a.ndjson" is not JSON/);
    expect(out.position).toEqual({ byte: 21, line: 5 });
  });
  it('shows only the beginning of a long broken line', () => expect(String(read(`x${'y'.repeat(50_000)}`).failures[0]?.input)).toHaveLength(1_001));
  it('reads no more than it is asked for', () => {
    const parser = jsonParser();
    parser.feed(Buffer.from('1\n2\n3\n'));
    expect(parser.take(2)).toMatchObject({ values: [1, 2], position: { byte: 4, line: 3 } });
    expect(parser.take(2)).toMatchObject({ values: [3] });
    expect(parser.take(2)).toBeUndefined();
  });
});

/** Lines of all kinds, good and bad. */
const line = fc.oneof(
  { weight: 5, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }).map(s => s.replaceAll('\n', ' ')) },
  { weight: 1, arbitrary: fc.constantFrom('', '\r', '9007199254740993', 'é€😀', '"é€😀"', '{"a":1}\r', `"${'x'.repeat(70)}"`) },
);
const document = fc.array(line, { maxLength: 20 }).map(lines => Buffer.from(lines.join('\n')));
const wild = fc.oneof(
  document,
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(document, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 })).map(([bytes, changes]) => {
    const mutated = Buffer.from(bytes);
    for (const [at, value] of changes) if (mutated.length > 0) mutated[at % mutated.length] = value;
    return mutated;
  }),
);

describe('NDJSON, for any bytes,', () => {
  const options = { maxLineBytes: 64, maxDepth: 3 };
  it('gives the same for every way to cut them into chunks', () =>
    fc.assert(fc.property(wild, fc.array(fc.nat(), { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (bytes, cuts, max) => void expect(told(drive(jsonParser(options), cutAt(bytes, cuts), max))).toEqual(told(drive(jsonParser(options), [bytes]))))));
  it('goes on exactly from the place of any record or failure', () =>
    fc.assert(
      fc.property(wild, bytes => {
        const whole = drive(jsonParser(options), [bytes]);
        whole.positions.forEach((position, i) => {
          const place = placeOf(position);
          expect(drive(jsonParser(options, place), [bytes.subarray(place.byte)]).values).toEqual(whole.values.slice(i));
        });
        for (const { position, before } of whole.failures) {
          const place = placeOf(position);
          expect(drive(jsonParser(options, place), [bytes.subarray(place.byte)]).values).toEqual(whole.values.slice(before));
        }
      }),
    ));
  it('goes on exactly from the place of any batch', () =>
    fc.assert(
      fc.property(wild, fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(), { maxLength: 3 }), (bytes, max, cuts) => {
        const whole = drive(jsonParser(options), [bytes]);
        const parser = jsonParser(options);
        let values = 0;
        let failures = 0;
        const check = (): void => {
          for (let batch = parser.take(max); batch !== undefined; batch = parser.take(max)) {
            values += batch.values.length;
            failures += batch.failed?.length ?? 0;
            const place = placeOf(batch.position);
            const rest = drive(jsonParser(options, place), [bytes.subarray(place.byte)]);
            expect(rest.values).toEqual(whole.values.slice(values));
            expect(rest.failures.map(f => [f.code, f.position])).toEqual(whole.failures.slice(failures).map(f => [f.code, f.position]));
          }
        };
        for (const chunk of cutAt(bytes, cuts)) {
          parser.feed(chunk);
          check();
        }
        parser.finish();
        check();
      }),
    ));
  it('agrees with splitting and JSON.parse, where they accept', () =>
    fc.assert(fc.property(fc.array(fc.jsonValue()), values => void expect(read(values.map(v => JSON.stringify(v)).join('\n'), { bigints: 'round' }).values).toEqual(values.map(v => JSON.parse(JSON.stringify(v)) as unknown)))));
  it('cuts no character in two', () => {
    const bytes = bytesOf('{"a":"€😀é"}\n');
    for (let at = 0; at <= bytes.length; at++) expect(drive(jsonParser(), cutAt(bytes, [at])).values).toEqual([{ a: '€😀é' }]);
  });
});
