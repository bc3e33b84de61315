/** What all sinks of text files share: records become lines, lines a file that appears when the job ends well. */
import { diskOf } from '../../core/disk.js';
import { DataError, causeText } from '../../core/errors.js';
import type { FailedWrite, Sink } from '../../core/sink.js';
import type { Json } from '../../core/values.js';
import type { PartFile } from './part-file.js';
import { openPart } from './part-file.js';

/** Records of one file to text. */
export interface Encoder<in T> {
  /** The line of a record, with its line feed. Throws what stands against it. */
  line(value: T): string;
  /** What stands before all lines, as far as it is known. */
  head(): string;
  /** What a restart has to know. */
  save(): Json;
}

/** What a format brings. */
export interface SinkFormat<in T> {
  readonly name: string;
  readonly path: string;
  readonly packed: boolean;
  /** `saved`: what the encoder of an earlier run saved at the checkpoint. */
  encoder(saved: Json | undefined): Encoder<T>;
}

/** Length and encoder at a checkpoint; the token of the manifest. */
interface Mark {
  readonly bytes: number;
  readonly encoder: Json;
}

function markOf(path: string, [token]: readonly Json[]): Mark | undefined {
  if (token === undefined) return undefined;
  const { bytes, encoder } = (token ?? {}) as Readonly<Partial<Record<keyof Mark, Json>>>;
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 && encoder !== undefined) return { bytes, encoder };
  throw new DataError('files-token', `What the checkpoint says about "${path}" is not from this sink. Give the sink's step another name, or start the job without its state.`, token);
}

/** A sink of that format. */
export function textSink<T>({ name, path, packed, encoder: encoderOf }: SinkFormat<T>): Sink<T> {
  return {
    name,
    guarantee: 'append',
    async open({ restored, environment }) {
      const mark = markOf(path, restored);
      const encoder = encoderOf(mark?.encoder);
      const file = await openPart(diskOf(environment), path, packed, mark?.bytes);
      let headed = (mark?.bytes ?? 0) > 0;
      let length = mark?.bytes ?? 0;
      const flush = async (): Promise<void> => {
        if (!headed) headed = await writeHead(file, encoder);
        length = await file.sync();
      };
      return {
        write(values) {
          const { text, failed } = encodeAll(values, encoder);
          const answer = failed.length === 0 ? undefined : failed;
          if (text === '') return answer;
          const waits = file.append(headed ? text : encoder.head() + text);
          if (waits === undefined) {
            headed = true;
            return answer;
          }
          return waits.then(() => {
            headed = true;
            return answer;
          });
        },
        flush,
        prepare: async () => ({ bytes: length, encoder: encoder.save() }),
        async close(outcome) {
          if (outcome === 'done') await flush();
          await file.close(outcome === 'done');
        },
      };
    },
  };
}

/** A file without records has its head all the same, if it is known; `false` where the first record is to tell it. */
async function writeHead(file: PartFile, encoder: Encoder<never>): Promise<boolean> {
  const head = encoder.head();
  if (head !== '') await file.append(head);
  return head !== '';
}

function encodeAll<T>(values: readonly T[], encoder: Encoder<T>): { readonly text: string; readonly failed: readonly FailedWrite[] } {
  const failed: FailedWrite[] = [];
  let text = '';
  for (let index = 0; index < values.length; index++) {
    try {
      text += encoder.line(values[index] as T); // index is below the length
    } catch (cause) {
      failed.push(failedValue(index, cause));
    }
  }
  return { text, failed };
}

/** What stands against a record, as an error of ours. */
export const failedValue = (index: number, cause: unknown): FailedWrite => ({
  index,
  cause: cause instanceof DataError ? cause : new DataError('files-value', `The record cannot be written: ${causeText(cause)}.`, undefined, { cause }),
});
