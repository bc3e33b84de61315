/** Which source an input is: told by what it can do. */
import type { Observable } from 'rxjs';
import { ConfigurationError } from '../core/errors.js';
import type { IdleRules } from '../core/idle.js';
import type { Retry } from '../core/retry.js';
import type { Source, SourceLog } from '../core/source.js';
import { asyncIterableSource, readableStreamSource } from '../runners/async-iterable-source.js';
import { arraySource, iterableSource } from '../runners/iterable-source.js';
import { observableSource, PUSH_BUFFER, type WhenFull } from '../runners/observable-source.js';

/** What a stream can be made of. Text is refused: it is not a stream of characters by accident. */
export type StreamInput<T> = Source<T> | Observable<T> | AsyncIterable<T> | ReadableStream<T> | (Iterable<T> & object);

/** Options of `Stream.from`. */
export interface FromOptions extends IdleRules {
  readonly name?: string | undefined;
  /** Inputs that push (Observables): records that may wait while the job is busy; default 10,000. */
  readonly buffer?: number | undefined;
  /** Inputs that push: what happens to a record when the buffer is full; default `'fail'`. */
  readonly whenFull?: WhenFull | undefined;
  /** Reading that fails (a read or an open that throws or rejects) is tried again from behind the last batch, with a new reader; for sources that are replayable. Default: the job fails. */
  readonly retry?: Retry | undefined;
  /** Keeps the records of an input that cannot be read again (an Observable, a generator), before the job sees them, so that none is lost in a crash: `writeAheadLog(folder)` of `millrace/log`. Nothing happens to an input that can be read again. */
  readonly log?: SourceLog | undefined;
}

export function sourceOf<T>(input: StreamInput<T>, options: FromOptions | undefined): Source<T> {
  const source = plainSourceOf(input, options);
  return options?.log === undefined || source.replayable ? source : options.log.around(source);
}

function plainSourceOf<T>(input: StreamInput<T>, options: FromOptions | undefined): Source<T> {
  const name = options?.name ?? 'from';
  if (typeof input === 'object' && input !== null) {
    if ('splits' in input && 'open' in input) return input;
    if (Array.isArray(input)) return arraySource<T>(name, input);
    if ('subscribe' in input) return observableSource(name, input, options?.buffer ?? PUSH_BUFFER, options?.whenFull ?? 'fail');
    if (Symbol.asyncIterator in input) return asyncIterableSource(name, input);
    if (Symbol.iterator in input) return iterableSource(name, input);
    if ('getReader' in input) return readableStreamSource(name, input);
  }
  const what = typeof input === 'string' ? 'a text' : input === null ? 'null' : `a value of type ${typeof input}`;
  const fix = typeof input === 'string' ? 'For its characters write `Stream.from([...text])`, for a file use a source such as `ndjson(path)`.' : 'Pass a Source, an Observable, an iterable or async iterable, or a web stream.';
  throw new ConfigurationError([{ code: 'input', where: 'Stream.from', what: `${what} is not a stream.`, fix }]);
}
