/**
 * Names of folders and files that records have a say in. Only what every system takes for a plain name is let through, so no record can choose where it is written
 * (`..`, `/etc`, a NUL, a name of 300 characters).
 */
import { DataError } from '../../../core/errors.js';

const SAFE = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,127}$/;
/** Devices to some systems, with any ending; a dot at the end is dropped there. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|\.$/i;
/** Folders one below the other. */
const DEEPEST = 8;

const PART = /^part-\d{10,}-\d{6,}-\d{6,}\.[a-z.]+$/;
const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** Is it a name that can be given to a file or folder? */
export const isSafeName = (name: unknown): name is string => typeof name === 'string' && SAFE.test(name) && !RESERVED.test(name);

/** The folder, below the root, for what a partition function answered; throws what stands against it. */
export function partitionOf(answer: unknown): string {
  const names: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  const wrong = names.findIndex(name => !isSafeName(name) || PART.test(name));
  if (wrong < 0 && names.length > 0 && names.length <= DEEPEST) return names.join('/');
  throw new DataError('files-partition', `The partition of a record cannot be a folder: ${wrong < 0 ? `${names.length} names` : shown(names[wrong])}. Answer 1 to ${DEEPEST} names of 1 to 128 letters, digits and "._=-", without a dot at either end.`, answer);
}

const shown = (name: unknown): string => (typeof name === 'string' ? JSON.stringify(name.slice(0, 150)) : name === null ? 'null' : `a ${typeof name}`);

/** The final name of a part: sorted by name, parts come in the order of their checkpoints. */
export const partName = (checkpoint: number, generation: number, sequence: number, ending: string): string => `part-${digits(checkpoint, 10)}-${digits(generation, 6)}-${digits(sequence, 6)}${ending}`;

/** Is it the path, below the root, of a part? */
export const isPartPath = (path: string): boolean => {
  const names = path.split('/');
  return PART.test(names.at(-1) ?? '') && names.length <= DEEPEST + 1 && names.slice(0, -1).every(isSafeName);
};

/** The name of a part while it is written. */
export const stagedName = (generation: number, checkpoint: number, sequence: number): string => `${digits(generation, 6)}-${digits(checkpoint, 10)}-${digits(sequence, 6)}`;

/** Whose a staged file is; `undefined`: none of ours. */
export const generationOfStaged = (name: string): number | undefined => {
  const found = /^(\d{6,})-\d{10,}-\d{6,}$/.exec(name);
  return found === null ? undefined : Number(found[1]);
};
