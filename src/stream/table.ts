/** A table of the fluent face: rows by key, each change with what it replaces. */
import type { Change, TableLookup } from '../core/change.js';
import type { Duration } from '../core/duration.js';
import { canonicalKey } from '../core/key.js';
import type { Sink } from '../core/sink.js';
import type { StepInput } from '../plan/step.js';
import type { Node } from './node.js';
import type { Output } from './output.js';
import { Stream } from './stream.js';
import { suppressed } from './suppressed.js';

/** What is known of a table's changes, for the steps below it. */
export interface TableFacts {
  /** How long after its end a window of the table still changes; given for windowed tables. */
  readonly lateness?: number | undefined;
  /** How far back versions are kept, and where all of them come out. */
  readonly versions?: number | undefined;
  readonly history?: StepInput | undefined;
  /** Read to its current end before the streams that look it up. */
  readonly bootstrap?: boolean | undefined;
}

/** Until when `suppress` holds changes back. */
export interface SuppressOptions {
  /** Identity of the step and of its state. */
  readonly name: string;
  /** `'close'`: until the window of the row is closed, for windowed tables; or so much event time after the first change that is held back. */
  readonly until: 'close' | Duration;
  /** Rows that may be held back; default: as many as there are. */
  readonly maxRows?: number | undefined;
  /** When the buffer is full: give the oldest row early (default), or fail the job. */
  readonly whenFull?: 'emit' | 'fail' | undefined;
}

/** Rows by key, as a changelog and, while a job runs, to be read. */
export class Table<out K, out V> {
  /** @internal `node` is where the changes come from. */
  constructor(
    readonly node: Node,
    private readonly lookup: TableLookup,
    /** @internal */
    readonly facts: TableFacts = {},
  ) {}

  /** Every change as a record, at the event time of what caused it. */
  changes(): Stream<Change<K, V>> {
    return new Stream<Change<K, V>>(this.node);
  }
  /** Ends the table in a sink of changes. */
  to(sink: Sink<Change<K, V>>, options?: { readonly name?: string | undefined }): Output {
    return this.changes().to(sink, options);
  }
  /**
   * The same table with fewer changes: each row is told when its window closes, or so long after its first change, with all that happened meanwhile as one change.
   *
   * @param options `until`, and what becomes of a buffer that is full.
   * @returns a table of changes alone; its `get` answers `undefined` (ask the table it was made from).
   * @throws OverflowError, as the cause of the job's end, when `maxRows` rows are held back and `whenFull` is `'fail'`.
   */
  suppress(options: SuppressOptions): Table<K, V> {
    return suppressed(this, options);
  }
  /** The row as it stands in the running job; `undefined` if there is none, or no job runs. */
  get(key: NoInfer<K>): V | undefined {
    return this.lookup.get?.(canonicalKey(key)) as V | undefined; // rows of this table
  }
}
