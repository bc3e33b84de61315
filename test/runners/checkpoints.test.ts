import { describe, expect, it } from 'vitest';
import { MillraceError, Stream, count, memory, tumbling, type JobEvent, type Json, type Manifest, type Sink, type Source, type Splits, type StateBackend } from 'millrace';
import { testing } from 'millrace/testing';

/** Keeps what was committed by token, as a database would: seen by all incarnations. */
function target(trouble: { commit?: (attempt: number) => unknown } = {}) {
  const committed = new Map<number, readonly number[]>();
  let attempts = 0;
  const sink: Sink<number> = {
    name: 'target',
    guarantee: 'transactional',
    open({ restored }) {
      let open: number[] = [];
      const commit = (tokens: readonly Json[]): void => {
        for (const token of tokens) {
          const { checkpoint, rows } = token as { checkpoint: number; rows: readonly number[] };
          committed.set(checkpoint, rows);
        }
      };
      commit(restored);
      return {
        write: values => void open.push(...values),
        flush: () => {},
        async prepare(checkpoint) {
          const rows = open;
          open = [];
          return { checkpoint, rows };
        },
        async commit(tokens) {
          const error = trouble.commit?.(++attempts);
          if (error !== undefined) throw error;
          commit(tokens);
        },
        close: () => {},
      };
    },
  };
  return { sink, rows: () => [...committed].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows), attempts: () => attempts };
}

/** Memory whose commits go wrong when they are told to. */
function backend(trouble: () => Error | undefined): StateBackend & { readonly manifests: readonly Manifest[] } {
  const inner = memory();
  const manifests: Manifest[] = [];
  return {
    manifests,
    durable: false,
    async open(job, environment) {
      const store = await inner.open(job, environment);
      return {
        ...store,
        get dirty() {
          return store.dirty;
        },
        async commit(manifest, pace) {
          const error = trouble();
          if (error !== undefined) throw error;
          manifests.push(manifest);
          return store.commit(manifest, pace);
        },
      };
    },
  };
}

const full = (): Error => new MillraceError('state-unwritable', 'The disk is full.');

describe('a checkpoint that fails', () => {
  it('in draining leaves the job running, and the next one has everything', async () => {
    const t = testing();
    const source = t.source<number>('s');
    let release: (() => void) | undefined;
    const gate = new Promise<void>(resolve => (release = resolve));
    const { sink, rows } = target();
    const events: JobEvent[] = [];
    const job = await t.run(
      Stream.from(source)
        .mapAsync(n => gate.then(() => n * 10), { concurrency: 4 })
        .to(sink, { name: 'out' }),
      { name: 'job', checkpoint: { every: '1d', timeout: '10s' }, onEvent: e => events.push(e) },
    );
    source.push(1);
    await expect(job.checkpoint()).rejects.toMatchObject({ code: 'checkpoint-failed' });
    source.push(2);
    release?.();
    await job.settle();
    await job.checkpoint();
    expect(rows()).toEqual([10, 20]);
    expect(events.map(e => e.kind)).toEqual(['checkpoint-started', 'checkpoint-failed', 'checkpoint-started', 'checkpoint-completed']);
    expect(job.metrics().checkpoints).toMatchObject({ completed: 2, failed: 1, underWay: false, dirty: 0 });
    await job.crash();
    source.push(3);
    await job.stop();
    expect(rows()).toEqual([10, 20, 30]);
  });

  it('in writing leaves what sinks have prepared to the next one, and a crash in between loses nothing', async () => {
    for (const crash of [false, true]) {
      const t = testing();
      const source = t.source<number>('s');
      let broken = false;
      const state = backend(() => (broken ? full() : undefined));
      const { sink, rows } = target();
      const job = await t.run(Stream.from(source).to(sink, { name: 'out' }), { name: 'job', state, onEvent: () => {} });
      source.push(1);
      broken = true;
      await expect(job.checkpoint()).rejects.toThrow('The disk is full.');
      expect(rows()).toEqual([]);
      source.push(2);
      broken = false;
      if (crash) await job.crash();
      await job.checkpoint();
      expect(rows()).toEqual([1, 2]);
      if (!crash) expect(state.manifests.at(-1)?.committables).toEqual({ out: [{ checkpoint: 1, rows: [1] }, { checkpoint: 2, rows: [2] }] });
      await job.stop();
      expect(rows()).toEqual([1, 2]);
    }
  });

  it('in any other way ends the job: nobody knows what is on the disk', async () => {
    const t = testing();
    const source = t.source<number>('s');
    let broken = true;
    const state = backend(() => (broken ? new Error('EIO') : undefined));
    const { sink, rows } = target();
    const job = await t.run(Stream.from(source).to(sink, { name: 'out' }), { name: 'job', state, onEvent: () => {} });
    source.push(1);
    await expect(job.checkpoint()).rejects.toThrow('EIO');
    await expect(job.done).rejects.toThrow('EIO');
    broken = false;
    await job.crash();
    await job.stop();
    expect(rows()).toEqual([1]);
  });

  it('is a warning of the process where nobody listens, and a listener that throws fails nothing', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', hear);
    try {
      const t = testing();
      const source = t.source<number>('s');
      const quiet = await t.run(Stream.from(source).to(target().sink, { name: 'out' }), { state: backend(full), name: 'quiet' });
      await quiet.checkpoint().catch(() => {});
      const loud = await t.run(Stream.from(source).to(target().sink, { name: 'out' }), { name: 'loud', onEvent: () => { throw new Error('deaf'); } });
      await loud.checkpoint();
      await new Promise(resolve => setImmediate(resolve));
      expect(warnings[0]).toContain('Job "quiet": The checkpoint failed: The disk is full.');
      expect(warnings[1]).toContain('Job "loud": onEvent threw: deaf');
      expect(loud.metrics().status).toBe('running');
    } finally {
      process.off('warning', hear);
    }
  });

  it('over and over stops the job from taking records when twice the bound waits, until one succeeds', async () => {
    const t = testing();
    const source = t.source<number>('s');
    let broken = true;
    const state = backend(() => (broken ? full() : undefined));
    const out = t.collect(Stream.from(source).keyBy(n => n).window(tumbling('1h')).aggregate(count(), { name: 'counts' }));
    const job = await t.run(out, { state, checkpoint: { maxDirty: 20 }, onEvent: () => {} });
    for (let n = 0; n < 1_000; n++) {
      source.push(n, n);
      if (n % 10 === 0) await job.advance(100);
    }
    const { dirty, failed } = job.metrics().checkpoints;
    expect(dirty).toBeGreaterThan(40);
    expect(dirty).toBeLessThan(100);
    expect(failed).toBeGreaterThan(2);
    broken = false;
    await job.advance('1m');
    source.watermark(3_600_000);
    expect(out.values.length).toBe(1_000);
    expect(job.metrics().checkpoints.dirty).toBeLessThan(1_100);
  });
});

describe('committing', () => {
  it('is repeated after a lost reply, and given up when somebody else has taken over', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const lost = target({ commit: attempt => (attempt < 4 ? new Error('the reply was lost') : undefined) });
    const job = await t.run(Stream.from(source).to(lost.sink, { name: 'out' }), { name: 'lost' });
    source.push(1);
    await job.checkpoint();
    expect([lost.rows(), lost.attempts(), job.metrics().checkpoints.failed]).toEqual([[1], 4, 0]);

    const fenced = target({ commit: () => new MillraceError('fenced', 'Generation 2 has begun.') });
    const zombie = await t.run(Stream.from(source).to(fenced.sink, { name: 'out' }), { name: 'zombie', onEvent: () => {} });
    await expect(zombie.checkpoint()).rejects.toThrow('Generation 2 has begun.');
    await expect(zombie.done).rejects.toMatchObject({ step: 'out' });
    expect(fenced.attempts()).toBe(1);

    const foreign = target({ commit: () => Object.assign(new Error('A newer incarnation has taken over.'), { code: 'fenced' }) });
    const other = await t.run(Stream.from(source).to(foreign.sink, { name: 'out' }), { name: 'foreign', onEvent: () => {} });
    await expect(other.checkpoint()).rejects.toThrow('A newer incarnation');
    expect(foreign.attempts()).toBe(1);

    const hopeless = target({ commit: () => new MillraceError('row-gone', 'The ledger has no such row.', { final: true }) });
    const job2 = await t.run(Stream.from(source).to(hopeless.sink, { name: 'out' }), { name: 'hopeless', onEvent: () => {} });
    await expect(job2.checkpoint()).rejects.toThrow('The ledger has no such row.');
    expect(hopeless.attempts()).toBe(1);
  });
});

describe('a sink that asks for a checkpoint', () => {
  it('gets it before a source that is always ready has filled the turn', async () => {
    const BOUND = 500;
    let kept = 0;
    let most = 0;
    const sink: Sink<number> = {
      name: 'bounded',
      guarantee: 'transactional',
      open: ({ checkpointSoon }) => ({
        write(values) {
          kept += values.length;
          most = Math.max(most, kept);
          if (kept >= BOUND) checkpointSoon?.();
        },
        flush: () => {},
        async prepare() {
          kept = 0;
          return null;
        },
        commit: () => Promise.resolve(),
        close: () => {},
      }),
    };
    const t = testing();
    // The clock of the kit stands still, so no turn is ever over by itself.
    const job = await t.run(Stream.generate(i => i, { count: 50_000, name: 'numbers' }).to(sink, { name: 'out' }), { name: 'job' });
    await t.clock.finish(job.done);
    expect(job.metrics().checkpoints.completed).toBeGreaterThan(5);
    expect(most).toBeLessThan(5_000);
  });
});

describe('splits that come late', () => {
  it('keep their places and their watermarks in the checkpoints taken before they come', async () => {
    const t = testing();
    const state = backend(() => undefined);
    /** Names its split when it is told to. */
    let announce: (() => void) | undefined;
    const given: unknown[] = [];
    const source: Source<number> = {
      name: 'late',
      replayable: true,
      async *splits(): AsyncIterable<Splits> {
        await new Promise<void>(resolve => (announce = resolve));
        yield { added: ['a'] };
        await new Promise<void>(() => {});
      },
      open(_split, from) {
        let next = (from as number | undefined) ?? 0;
        given.push(from);
        return {
          read: () => (next < 3 ? { values: [next], times: [next * 1_000], position: ++next } : 'idle'),
          close: () => {},
        };
      },
    };
    const { sink, rows } = target();
    const job = await t.run(Stream.from(source).timestamps(n => n * 1_000).to(sink, { name: 'out' }), { name: 'job', state });
    announce?.();
    await job.settle();
    await job.checkpoint();
    const before = state.manifests.at(-1);
    expect(before?.positions).toEqual({ from: { a: 3 } });
    await job.crash();
    await job.checkpoint();
    expect(state.manifests.at(-1)?.positions).toEqual(before?.positions);
    expect(state.manifests.at(-1)?.watermarks).toEqual(before?.watermarks);
    await job.crash();
    announce?.();
    await job.settle();
    await job.checkpoint();
    expect([given, rows()]).toEqual([[undefined, 3], [0, 1, 2]]);
  });
});

describe('a sink that asks for a checkpoint', () => {
  it.each([1, 2, 1_023, 1_024, 1_025, 2_048, 3_000])('with the last of %i records does not get one beside the last of the job', async count => {
    for (const late of [false, true]) {
      const events: string[] = [];
      const rows: number[] = [];
      let closed = false;
      const sink: Sink<number> = {
        name: 'asks',
        guarantee: 'transactional',
        open: ({ checkpointSoon }) => ({
          write(values) {
            rows.push(...values);
            checkpointSoon?.();
            return late ? Promise.resolve() : undefined;
          },
          flush() {},
          prepare: async checkpoint => checkpoint,
          async commit() {
            await new Promise(resolve => setImmediate(resolve));
            expect(closed).toBe(false);
          },
          close: () => void (closed = true),
        }),
      };
      const job = await Stream.from(Array.from({ length: count }, (_, i) => i)).to(sink, { name: 'out' }).run({ name: 'job', onEvent: event => events.push(event.kind) });
      await job.done;
      expect(rows).toHaveLength(count);
      expect(events.join(' ')).toMatch(/^(checkpoint-started checkpoint-completed ?)+$/);
    }
  });
});
