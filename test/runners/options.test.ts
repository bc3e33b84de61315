import { describe, expect, it } from 'vitest';
import { of, type Observable } from 'rxjs';
import { ConfigurationError, Stream, memory, toArray, type RunOptions, type Sink } from 'millrace';
import { csvParts, ndjsonParts } from 'millrace/files';
import { writeAheadLog } from 'millrace/log';
import { outbox, withIdempotencyKeys } from 'millrace/outbox';
import { postgres } from 'millrace/postgres';
import { testing } from 'millrace/testing';
import { planOf } from '../../src/plan/plan.js';
import { settingsOf } from '../../src/runners/options.js';

const plan = planOf(Stream.from([1], { name: 'in' }).to(toArray<number>([]), { name: 'out' }).sinks);
const codes = (options: unknown, of = plan): readonly string[] => {
  try {
    settingsOf(of, options as RunOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems.map(p => `${p.code} ${p.where}`);
  }
  return [];
};

describe('the options of a run', () => {
  it('have defaults', () => {
    expect(settingsOf(plan, undefined)).toMatchObject({ name: 'job', state: undefined, every: undefined, recovers: false, timeout: 60_000, maxDirty: Infinity, savepoints: undefined, signal: undefined, budget: 10, from: undefined, drop: [], rename: {} });
  });
  it('durations are numbers or texts', () => {
    expect(settingsOf(plan, { name: 'shop', budget: '2ms', checkpoint: '10s' })).toMatchObject({ name: 'shop', budget: 2, every: 10_000, timeout: 60_000 });
    expect(settingsOf(plan, { checkpoint: { every: 5, timeout: '1s', maxDirty: 7 } })).toMatchObject({ every: 5, timeout: 1_000, maxDirty: 7 });
  });
  it.each([
    [{ name: '../up' }, 'option run option name'],
    [{ name: 'x'.repeat(129) }, 'option run option name'],
    [{ state: 'memory' }, 'option run option state'],
    [{ signal: true }, 'option run option signal'],
    [{ budget: 0 }, 'option run option budget'],
    [{ checkpoint: 'soon' }, 'option run option checkpoint'],
    [{ checkpoints: '1s' }, 'option run option checkpoints'],
    [{ checkpoint: { every: 0 } }, 'option run option checkpoint.every'],
    [{ name: 'j', checkpoint: { savepoints: { folder: '', every: '1h' } } }, 'option run option checkpoint.savepoints.folder'],
    [{ name: 'j', checkpoint: { savepoints: { folder: 'saved' } } }, 'option run option checkpoint.savepoints.every'],
    [{ name: 'j', from: '' }, 'option run option from'],
    [{ drop: 'all' }, 'option run option drop'],
    [{ rename: { a: 1 } }, 'option run option rename'],
    [{ onEvent: 'log' }, 'option run option onEvent'],
    [{ checkpoint: { every: '1s', maxDirty: 0.5 } }, 'option run option checkpoint.maxDirty'],
    [{ checkpoint: { every: '1s', often: true } }, 'option run option checkpoint.often'],
    ['fast', 'option run options'],
  ])('%j is refused', (options, problem) => {
    expect(codes(options)).toEqual([problem]);
  });
  it('a durable state needs the names of job and steps; plan and options are judged together', () => {
    const durable = { ...memory(), durable: true };
    expect(codes({ state: durable })).toEqual(['unnamed-job run']);
    expect(codes({ state: durable, name: 'j' })).toEqual([]);
    expect(codes({ state: memory(), checkpoint: { savepoints: { folder: 'saved', every: '1h' } } })).toEqual(['unnamed-job run']);
    expect(codes({ state: memory(), from: 'saved' })).toEqual(['unnamed-job run']);
    expect(codes({ budget: -1, state: durable }, planOf([])).toSorted()).toEqual(['no-output run', 'option run option budget', 'unnamed-job run']);
  });
  it.each([
    ['ndjsonParts', ndjsonParts('out')],
    ['csvParts', csvParts('out')],
    ['outbox', outbox(withIdempotencyKeys(() => {}))],
    ['postgres in an outbox', outbox(postgres({ connection: 'postgres://x', table: 't', columns: ['n'] }))],
  ] as const satisfies readonly (readonly [string, Sink<{ n: number }>])[])('%s needs the names of job and sink, whatever the state; steps whose state is memory need none', (_, sink) => {
    const counted = (name?: string) => planOf(Stream.from([{ n: 1 }]).keyBy(() => 'k').scan(() => ({ n: 0 }), (_, value) => value).map(running => running.value).to(sink, { name }).sinks);
    for (const options of [undefined, {}, { state: memory(), checkpoint: '1s' }]) expect(codes(options, counted())).toEqual([expect.stringMatching(/^unnamed-step /), 'unnamed-job run']);
    expect(codes({ name: 'shop' }, counted('out'))).toEqual([]);
    expect(codes({ name: 'shop', state: { ...memory(), durable: true } }, counted('out'))).toEqual(['unnamed-step from', 'unnamed-step scan']);
  });
  it('a write-ahead log needs the names of job and source; in front of an input that needs no log there is none', () => {
    const clicks = (name?: string, input: Observable<number> | number[] = of(1)) => planOf(Stream.from(input, { name, log: writeAheadLog('log') }).to(toArray<number>([])).sinks);
    expect(codes({}, clicks())).toEqual(['unnamed-step from', 'unnamed-job run']);
    expect(codes({ name: 'shop' }, clicks('clicks'))).toEqual([]);
    expect(codes({}, clicks(undefined, [1]))).toEqual([]);
  });
  it('a sink of a test, transactional in memory, needs none', () => {
    expect(codes({}, planOf(testing().collect(Stream.from([1])).output.sinks))).toEqual([]);
  });
});
