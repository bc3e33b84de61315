import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parts, rowsOf, writeAll, type Placed } from '../../../src/connectors/postgres/rows.js';
import { textFor } from '../../../src/connectors/postgres/text.js';
import { serverError } from './driver.js';

const placed = (texts: readonly (string | null)[]): Placed[] => texts.map((text, index) => ({ index, row: [text] }));

describe('rows', () => {
  it('records with a value that cannot be written are told by column, the others become rows', () => {
    const columns = [{ name: 'id', type: 'int4', textOf: textFor({ name: 'int4', element: undefined }) }, { name: 'v', type: 'text', textOf: textFor({ name: 'text', element: undefined }) }];
    const picks = [(r: { id: unknown }) => r.id, () => { throw new Error('computed in vain'); }];
    const { rows, failed } = rowsOf([{ id: 1 }], columns, [picks[0]!, () => 'x']);
    expect(rows).toEqual([{ index: 0, row: ['1', 'x'] }]);
    expect(failed).toEqual([]);
    const bad = rowsOf([{ id: 1.5 }, { id: 2 }], columns, picks);
    expect(bad.rows).toEqual([]);
    expect(bad.failed.map(({ index, cause }) => `${index} ${String(cause)}`)).toEqual([expect.stringContaining('0 DataError: Column "id": A number that is not whole'), expect.stringContaining('1 DataError: Column "v": computed in vain')]);
  });

  it('what is refused is found, whatever and wherever it is, and everything else is written once and in order', async () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 70 }), async good => {
        const written: (string | null)[] = [];
        let statements = 0;
        const failed = await writeAll(placed(good.map((ok, i) => `${ok ? 'good' : 'bad'} ${i}`)), async rows => {
          statements++;
          if (rows.some(([text]) => text?.startsWith('bad'))) throw serverError('22P02', 'bad');
          written.push(...rows.map(([text]) => text ?? null));
        });
        const bad = good.flatMap((ok, i) => (ok ? [] : [i]));
        expect(failed.map(({ index }) => index)).toEqual(bad);
        expect(written).toEqual(good.flatMap((ok, i) => (ok ? [`good ${i}`] : [])));
        expect(statements).toBeLessThanOrEqual(1 + 2 * bad.length * Math.ceil(Math.log2(good.length + 1)));
      }),
    ));

  it('other errors end the search', async () => {
    let statements = 0;
    await expect(
      writeAll(placed(['a', 'b']), async () => {
        statements++;
        throw serverError('42501', 'not yours');
      }),
    ).rejects.toThrow('not yours');
    expect(statements).toBe(1);
  });

  it('parts are bounded by characters, and are all there is', () => {
    const texts = Array.from({ length: 50 }, (_, i) => 'x'.repeat(i % 7));
    for (const characters of [Infinity, 20, 5, 0]) {
      const cut = [...parts(placed(texts), characters)];
      expect(cut.flat()).toEqual(placed(texts));
      for (const part of cut) expect(part.length === 1 || part.reduce((sum, { row }) => sum + (row[0]?.length ?? 0), 0) <= characters).toBe(true);
    }
    expect([...parts([], 10)]).toEqual([]);
  });

  it('may be made of a slice, with the places in the whole', () => {
    const columns = [{ name: 'v', type: 'text', textOf: textFor({ name: 'text', element: undefined }) }];
    const { rows, failed } = rowsOf(['a', 'b', '\0', 'd'], columns, [v => v], 1, 9);
    expect(rows.map(({ index }) => index)).toEqual([1, 3]);
    expect(failed.map(({ index }) => index)).toEqual([2]);
  });
});
