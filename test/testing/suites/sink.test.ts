import { describe, expect, it } from 'vitest';
import type { Sink, SinkWriter } from '../../../src/core/sink.js';
import { sinkSuite } from '../../../src/testing/suites/sink.js';
import { failing } from './kit.js';

type Change = (writer: SinkWriter<number>, rows: number[]) => SinkWriter<number>;
const append =
  (change: Change = writer => writer, guarantee: Sink<number>['guarantee'] = 'append') =>
  () => {
    const rows: number[] = [];
    const writer: SinkWriter<number> = { write: values => void rows.push(...values), flush: () => undefined, close: () => undefined };
    const sink: Sink<number> = { name: 'list', guarantee, open: () => change(writer, rows) };
    return { sink, record: (i: number) => i, arrived: () => rows };
  };

/** Rows of a transaction are kept under its token until it is committed. */
const transactional =
  (fault: 'none' | 'visible early' | 'twice' | 'keeps the rest' = 'none') =>
  () => {
    const visible: number[] = [];
    const open = new Map<string, number[]>();
    const done = new Set<string>();
    const commit = async (tokens: readonly unknown[]): Promise<void> => {
      for (const token of tokens) {
        const rows = open.get(String(token));
        if (rows === undefined || (done.has(String(token)) && fault !== 'twice')) continue;
        visible.push(...rows);
        done.add(String(token));
      }
    };
    const sink: Sink<number> = {
      name: 'transactions',
      guarantee: 'transactional',
      async open({ generation, restored }) {
        await commit(fault === 'keeps the rest' ? [...open.keys()] : restored);
        let rows: number[] = [];
        return {
          write: values => void (fault === 'visible early' ? visible : rows).push(...values),
          flush: () => undefined,
          async prepare(checkpoint) {
            if (rows.length === 0) return undefined;
            open.set(`${generation}/${checkpoint}`, rows);
            rows = [];
            return `${generation}/${checkpoint}`;
          },
          commit,
          close: () => undefined,
        };
      },
    };
    return { sink, record: (i: number) => i, arrived: () => visible };
  };

describe('the contract suite of sinks', () => {
  describe('append', () => {
    for (const { name, run } of sinkSuite(append())) it(name, run);
  });
  describe('idempotent', () => {
    const rightly: Change = (writer, rows) => ({ ...writer, write: values => void rows.push(...values.filter(v => !rows.includes(v))) });
    for (const { name, run } of sinkSuite(append(rightly, 'idempotent'))) it(name, run);
  });
  describe('transactional', () => {
    for (const { name, run } of sinkSuite(transactional())) it(name, run);
  });
  describe('with another form outside, and single records', () => {
    const texts = () => {
      const rows: string[] = [];
      const sink: Sink<number> = { name: 'texts', guarantee: 'append', open: () => ({ accept: v => void rows.push(`<${v}>`), write: vs => vs.forEach(v => rows.push(`<${v}>`)), flush: () => undefined, close: () => undefined }) };
      return { sink, record: (i: number) => i, seen: (v: number) => `<${v}>`, arrived: async () => rows };
    };
    for (const { name, run } of sinkSuite(texts)) it(name, run);
  });

  it.each<[string, () => ReturnType<ReturnType<typeof append>>, RegExp]>([
    ['a lost record', append((writer, rows) => ({ ...writer, write: values => void rows.push(...values.filter(v => v !== 2)) })), /any size/],
    ['records out of order', append((writer, rows) => ({ ...writer, write: values => void rows.unshift(...values) })), /in order/],
    ['a record refused', append(writer => ({ ...writer, write: values => (values.length > 1 ? [{ index: 1, cause: 'no' }] : undefined) })), /any size/],
    ['an empty batch that throws', append((writer, rows) => ({ ...writer, write: values => { if (values.length === 0) throw new Error('empty'); rows.push(...values); } })), /empty one/],
    ['a record out of nothing', append((writer, rows) => ({ ...writer, close: () => void rows.push(-1) })), /nothing at all/],
    ['idempotent that is not', append(w => w, 'idempotent'), /written twice/],
    ['transactional without its methods', append(w => w, 'transactional'), /has what it takes/],
    ['transactions seen early', transactional('visible early'), /before it is committed/],
    ['transactions committed twice', transactional('twice'), /once/],
    ['transactions never dropped', transactional('keeps the rest'), /drops the rest/],
  ])('sees %s', async (_, make, expected) => expect((await failing(sinkSuite(make))).filter(name => expected.test(name))).not.toEqual([]));
});
