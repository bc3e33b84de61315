import type { Batch } from '../core/source.js';
import type { Origin, OriginCell } from '../core/stage.js';

/** Where a record of a batch stood, computed only when someone asks. */
export class Place implements OriginCell {
  constructor(
    private readonly source: string,
    private readonly split: string,
    private readonly batch: Batch<unknown> | undefined,
    private readonly index: number,
  ) {}
  read(): Origin | undefined {
    if (this.batch === undefined) return undefined;
    return { source: this.source, split: this.split, position: this.batch.positionOf?.(this.index) ?? this.batch.position };
  }
  capture(): OriginCell {
    return this;
  }
}
