/** Stores in folders of their own, for the tests of this folder. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { systemEnvironment } from '../../../src/core/clock.js';
import type { Manifest, StateStore } from '../../../src/core/state.js';

export const folder = (): Promise<string> => mkdtemp(join(inject('folder'), 'lmdb-'));
export const environment = systemEnvironment(new AbortController().signal);
export const always = { go: (): boolean => true };
export const manifestOf = (store: StateStore, checkpoint: number): Manifest => ({ job: 'job', generation: store.generation, checkpoint, plan: [], positions: {}, watermarks: {}, committables: {} });
