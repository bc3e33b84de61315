import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { ConfigurationError, SchemaError, Stream, toArray, type Rejected, type StandardSchema } from '../../src/index.js';
import { errorOf, habits, runAll, unlucky, valuesOf } from './kit.js';

const doubled = (failOn: (n: number) => boolean, asynchronous: boolean): StandardSchema<unknown, number> => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: value => {
      if (failOn(value as number)) unlucky(value as number);
      const result = { value: (value as number) * 2 };
      return asynchronous ? Promise.resolve(result) : result;
    },
  },
});

describe('parse, a schema that throws', () => {
  habits<number>({ build: (s, failOn, options) => s.parse(doubled(failOn, false), options), oracle: values => values.map(n => n * 2) });
});
describe('parse, an asynchronous schema that throws', () => {
  habits<number>({ build: (s, failOn, options) => s.parse(doubled(failOn, true), { ...options, async: true }), oracle: values => values.map(n => n * 2) });
});
describe('parse with zod', () => {
  const Order = z.object({ id: z.string(), total: z.coerce.number() });
  it('gives what the schema gives, typed; rejects with the issues and without the values', async () => {
    const dead: Rejected<unknown>[] = [];
    const values: { id: string; total: number }[] = [];
    const orders = Stream.from<unknown>([{ id: 'a', total: '5' }, { id: 7, total: 1 }]).parse(Order, { onError: r => r.to(toArray(dead)) });
    expectTypeOf(orders).toEqualTypeOf<Stream<{ id: string; total: number }>>();
    await runAll(orders.to(toArray(values)));
    expect(values).toEqual([{ id: 'a', total: 5 }]);
    expect(dead[0]?.cause).toBeInstanceOf(SchemaError);
    expect(dead[0]?.cause).toMatchObject({ issues: [{ path: 'id' }] });
  });
  it('a schema that turns out to be asynchronous says what to do', async () => {
    const schema = z.string().refine(async () => true);
    const asSync: StandardSchema = { '~standard': { ...schema['~standard'], validate: value => schema['~standard'].validate(value) } };
    expect(String(await errorOf(valuesOf(Stream.from<unknown>(['a']).parse(asSync))))).toContain('async: true');
  });
  it('what is not a schema is a configuration error', async () => {
    expect(await errorOf(valuesOf(Stream.from([1]).parse({} as never)))).toBeInstanceOf(ConfigurationError);
  });
});

describe('zod schemas that throw', () => {
  const calls: unknown[] = [];
  const throwing = z.unknown().transform(value => {
    calls.push(value);
    throw new Error('boom');
  });
  const rejecting = z.unknown().transform(async value => {
    calls.push(value);
    await Promise.resolve();
    throw new Error('boom');
  });
  it.each([
    ['synchronous', throwing, false],
    ['synchronous, in an asynchronous parse', throwing, true],
    ['asynchronous', rejecting, true],
  ])('fail the record with what they threw, asked once: %s', async (_, schema, async) => {
    const escaped: unknown[] = [];
    const listen = (error: unknown): unknown => escaped.push(error);
    process.on('unhandledRejection', listen);
    calls.length = 0;
    const dead: Rejected<unknown>[] = [];
    expect(await Stream.from([1, 2]).parse(schema, { async, onError: r => r.to(toArray(dead)) }).collect()).toEqual([]);
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(dead.map(d => d.cause)).toMatchObject([{ message: 'boom' }, { message: 'boom' }]);
    expect(calls).toEqual([1, 2]);
    expect(escaped).toEqual([]);
  });
});
