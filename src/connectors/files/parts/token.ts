/** What a checkpoint keeps about parts: enough for another process to make them visible. */
import { DataError } from '../../../core/errors.js';
import type { Json } from '../../../core/values.js';
import { generationOfStaged, isPartPath } from './names.js';

/** A part, whole and on the disk. */
export interface Part {
  /** Below the root, folders divided by `/`. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** CRC-32 of the bytes. */
  readonly checksum: number;
  /** The checkpoint that made it visible, and the incarnation of the job that took it. */
  readonly checkpoint: number;
  readonly generation: number;
}

/** A part, and the name it was written under. */
export interface StagedAs extends Part {
  readonly staged: string;
}

/** The token of one checkpoint. */
export interface Token {
  readonly checkpoint: number;
  readonly generation: number;
  readonly parts: readonly StagedAs[];
  /** What the encoder has to remember. */
  readonly encoder: Json;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Reads a part back from JSON; `undefined` if it is none. */
export function partOf(value: unknown): Part | undefined {
  const { path, rows, bytes, checksum, checkpoint, generation } = (value ?? {}) as Readonly<Partial<Record<keyof Part, unknown>>>;
  if (typeof path !== 'string' || !isPartPath(path) || !isCount(rows) || !isCount(bytes) || !isCount(checksum) || !isCount(checkpoint) || !isCount(generation)) return undefined;
  return { path, rows, bytes, checksum, checkpoint, generation };
}

export const tokenJson = ({ checkpoint, generation, parts, encoder }: Token): Json => ({ checkpoint, generation, parts: parts.map(part => ({ ...part })), encoder });

/** Reads a token back; throws when it is none of ours. */
export function tokenOf(folder: string, value: Json): Token {
  const { checkpoint, generation, parts, encoder } = (value ?? {}) as Readonly<Partial<Record<keyof Token, Json>>>;
  if (isCount(checkpoint) && isCount(generation) && Array.isArray(parts) && encoder !== undefined) {
    const found = parts.map(stagedOf);
    if (found.every(part => part !== undefined)) return { checkpoint, generation, parts: found, encoder };
  }
  throw new DataError('files-token', `What the checkpoint says about "${folder}" is not from this sink. Give the sink's step another name, or start the job without its state.`, value);
}

function stagedOf(value: Json): StagedAs | undefined {
  const part = partOf(value);
  const { staged } = (value ?? {}) as { readonly staged?: unknown };
  return part !== undefined && typeof staged === 'string' && generationOfStaged(staged) !== undefined ? { ...part, staged } : undefined;
}
