/** What the last commit wrote, unchanged by those that follow: a read transaction that stays open. */
import { MillraceError } from '../../core/errors.js';
import type { StateSnapshot } from '../../core/state.js';
import { baseOf } from './base.js';
import { readCatalogue } from './catalogue.js';
import type { Handle } from './handle.js';

export function snapshotOf(handle: Handle): StateSnapshot {
  const view = handle.snapshot();
  try {
    const { checkpoint, tables } = readCatalogue(handle, view);
    if (checkpoint === undefined) throw new MillraceError('state-empty', 'There is no checkpoint yet to look at.');
    return {
      manifest: checkpoint.manifest,
      tables: () => tables.map(({ step, name }) => [step, name] as const),
      *scan(step, name) {
        const info = tables.find(table => table.step === step && table.name === name);
        if (info !== undefined) for (const { key, sub, value } of baseOf(handle, info, view).each()) yield [key, sub, value];
      },
      close: () => view.done(),
    };
  } catch (cause) {
    view.done();
    throw cause;
  }
}
