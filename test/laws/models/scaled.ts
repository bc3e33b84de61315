/** The times of rows and watermarks, which lie around the epoch and near to each other, moved and stretched: for windows of days, and for times that the two sides do not share. */
import type { Stream } from '../../../src/index.js';
import { transform } from '../../../src/operators/make.js';
import { grown } from '../../../src/stream/node.js';
import type { Row } from '../row.js';
import type { Seen } from '../subject.js';

export interface Scale {
  readonly from: number;
  readonly by: number;
  /** How much later rows of the left side are. */
  readonly left?: number | undefined;
}

const timeOf = (time: number, { from, by }: Scale): number => from + time * by;
const rowTime = (row: Row, scale: Scale): number => timeOf(row.at, scale) + (row.side === 'left' ? (scale.left ?? 0) : 0);

export function scaled(stream: Stream<Row>, scale: Scale): Stream<Row> {
  const step = transform<Row, Row>(stream.node.input, 'scale', undefined, below => ({
    data: row => below.data(row, rowTime(row, scale)),
    watermark: watermark => below.watermark(timeOf(watermark, scale)),
    idle: () => below.idle(),
    end: () => below.end(),
  }));
  return grown(stream.node, step);
}

export const scaledSeen = (seen: readonly Seen[], scale: Scale): readonly Seen[] => seen.map(one => ('row' in one ? { row: { ...one.row, at: rowTime(one.row, scale) } } : { watermark: timeOf(one.watermark, scale) }));
