/** A table of the fluent face: rows by key, each change with what it replaces. */
import type { Change, TableLookup } from '../core/change.js';
import { canonicalKey } from '../core/key.js';
import type { Sink } from '../core/sink.js';
import type { Node } from './node.js';
import type { Output } from './output.js';
import { Stream } from './stream.js';

/** Rows by key, as a changelog and, while a job runs, to be read. */
export class Table<out K, out V> {
  /** @internal `node` is where the changes come from. */
  constructor(
    readonly node: Node,
    private readonly lookup: TableLookup,
  ) {}

  /** Every change as a record, at the event time of what caused it. */
  changes(): Stream<Change<K, V>> {
    return new Stream<Change<K, V>>(this.node);
  }
  /** Ends the table in a sink of changes. */
  to(sink: Sink<Change<K, V>>, options?: { readonly name?: string | undefined }): Output {
    return this.changes().to(sink, options);
  }
  /** The row as it stands in the running job; `undefined` if there is none, or no job runs. */
  get(key: NoInfer<K>): V | undefined {
    return this.lookup.get?.(canonicalKey(key)) as V | undefined; // rows of this table
  }
}
