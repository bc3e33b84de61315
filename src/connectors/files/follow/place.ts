/**
 * Positions in files that are followed. Two things besides the byte make one safe to go on from: a seal, the checksum of the bytes before it, which tells whether what stands at
 * that identity is still the file that was read (inodes are used again, files are truncated and written anew); and the name the file had, which tells who came before whom.
 */
import { crc32 } from 'node:zlib';
import type { Position } from '../../../core/values.js';
import { placeOf, positionOf, type Place } from '../place.js';

/** Where to go on in a file that is followed. */
export interface FollowPlace extends Place {
  /** What the file was called; absent in a position of another source. */
  readonly path?: string | undefined;
  /** Over the {@link SEALED} bytes before `byte`, or all there are. */
  readonly seal?: number | undefined;
  /** All that the file had been seen to hold was read. */
  readonly whole?: true | undefined;
}

/** Bytes a seal covers: lines of logs carry times and numbers, so two files seldom agree on so many. */
export const SEALED = 256;

export const sealOf = (bytes: Uint8Array): number => crc32(bytes);

/** Reads a position that was kept; absent, the beginning. */
export function followPlaceOf(position: Position | undefined): FollowPlace {
  const place = placeOf(position);
  const { path, seal, whole } = (position ?? {}) as Readonly<Partial<Record<keyof FollowPlace, unknown>>>;
  return { ...place, ...(typeof path === 'string' && { path }), ...(typeof seal === 'number' && { seal }), ...(whole === true && { whole }) };
}

/** As the position of a batch or record. */
export const followPositionOf = (place: Place, { path, seal, whole }: { readonly path: string; readonly seal?: number | undefined; readonly whole?: boolean }): Position => ({
  ...(positionOf(place) as { readonly byte: number }), // an object of plain values
  path,
  ...(seal !== undefined && { seal }),
  ...(whole === true && { whole }),
});
