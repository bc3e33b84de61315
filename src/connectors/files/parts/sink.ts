/**
 * Files as a transactional sink. Records go to parts that are written out of sight; a checkpoint closes them, brings them to the disk and lists them in its token; when it is
 * durable they get their final names. A crash before leaves nothing to be seen; a crash after is mended by whoever opens next, with the same token.
 */
import type { Disk } from '../../../core/disk.js';
import { diskOf } from '../../../core/disk.js';
import { MillraceError } from '../../../core/errors.js';
import type { FailedWrite, Sink, SinkContext, SinkWriter } from '../../../core/sink.js';
import type { Json, Time } from '../../../core/values.js';
import { failedValue, type Encoder } from '../sink.js';
import { partitionOf } from './names.js';
import { publish } from './publish.js';
import { createStaging, type Staging } from './staging.js';
import { takeOver } from './take-over.js';
import { tokenJson, tokenOf } from './token.js';

/** What a format and its options bring. */
export interface PartsFormat<in T> {
  readonly name: string;
  readonly folder: string;
  /** Of final names, such as `.ndjson.gz`. */
  readonly ending: string;
  readonly packed: boolean;
  encoder(saved: Json | undefined): Encoder<T>;
  readonly partition: ((value: T, time: Time) => string | readonly string[]) | undefined;
  readonly maxPartBytes: number;
  /** In milliseconds. */
  readonly maxPartAge: number;
  readonly maxOpenParts: number;
}

/** A sink of that format. */
export function partsSink<T>(format: PartsFormat<T>): Sink<T> {
  return {
    name: format.name,
    guarantee: 'transactional',
    async open(context) {
      const disk = diskOf(context.environment);
      const tokens = context.restored.map(token => tokenOf(format.folder, token));
      await takeOver(disk, format.folder, context, tokens);
      return writerOf(disk, format, context, format.encoder(tokens.at(-1)?.encoder));
    },
  };
}

function writerOf<T>(disk: Disk, format: PartsFormat<T>, context: SinkContext, encoder: Encoder<T>): SinkWriter<T> {
  const staging = createStaging(disk, format, context, () => encoder.head());
  /** Nobody knows what is on the disk: nothing more is put there. */
  let broken: { readonly cause: unknown } | undefined;
  /** What is under way: a job that fails closes its sinks in the middle of a write, and a file that is being opened has to be closed too. */
  let underWay: Promise<unknown> = Promise.resolve();
  const guarded = <A>(work: Promise<A>): Promise<A> => {
    underWay = work.catch(() => {});
    return work.catch((cause: unknown) => {
      if (cause instanceof MillraceError && cause.code === 'disk-sync') broken ??= { cause };
      throw cause;
    });
  };
  const check = (): void => {
    if (broken !== undefined) throw broken.cause;
  };
  return {
    write(values, times) {
      check();
      // Room is made before anything is taken: when that fails the batch was not taken, and may be written again.
      const waits = staging.room();
      return waits === undefined ? take(format, encoder, staging, values, times) : guarded(waits).then(() => take(format, encoder, staging, values, times));
    },
    async flush() {
      check();
      await guarded(staging.sync());
    },
    async prepare(checkpoint) {
      check();
      return tokenJson({ checkpoint, generation: context.generation, parts: await guarded(staging.seal(checkpoint)), encoder: encoder.save() });
    },
    async commit(tokens) {
      check();
      for (const token of tokens.map(json => tokenOf(format.folder, json))) {
        await guarded(publish(disk, format.folder, context, token));
        staging.release(token);
      }
    },
    async close() {
      await underWay;
      await staging.close();
    },
  };
}

/** Encodes a batch and hands each part its lines. */
function take<T>({ partition }: PartsFormat<T>, encoder: Encoder<T>, staging: Staging, values: readonly T[], times: readonly Time[]): readonly FailedWrite[] | undefined {
  const failed: FailedWrite[] = [];
  const lines = new Map<string, { text: string; rows: number }>();
  const linesOf = (folder: string): { text: string; rows: number } => {
    const mine = lines.get(folder) ?? { text: '', rows: 0 };
    lines.set(folder, mine);
    return mine;
  };
  const all = partition === undefined ? linesOf('') : undefined;
  for (let index = 0; index < values.length; index++) {
    try {
      const value = values[index] as T; // index is below the length
      const line = encoder.line(value);
      const answer = partition?.(value, times[index] ?? 0);
      // A name that is there has been looked at.
      const mine = all ?? (typeof answer === 'string' ? lines.get(answer) : undefined) ?? linesOf(partitionOf(answer));
      mine.text += line;
      mine.rows++;
    } catch (cause) {
      failed.push(failedValue(index, cause));
    }
  }
  for (const [folder, { text, rows }] of lines) if (rows > 0) staging.append(folder, text, rows);
  return failed.length === 0 ? undefined : failed;
}
