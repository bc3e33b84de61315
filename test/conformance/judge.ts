/** What becomes of a case: played by the adapter of its kind, and compared. */
import { ConfigurationError } from 'millrace';
import type { Placed } from './case.js';
import { difference, onlyRowsDiffer } from './compare.js';
import { NotOffered, type Outcome } from './outcome.js';
import { PLAYERS } from './adapter/players.js';

export async function judge({ case: one, folder }: Placed): Promise<Outcome> {
  if (one.order === 'state-only' && one.kind !== 'join') return { kind: 'notOffered', reason: 'state', about: one.order };
  if (one.order === 'property') return { kind: 'notOffered', reason: 'sketch', about: one.order };
  const player = PLAYERS[one.kind];
  if (player === undefined) return { kind: 'notOffered', reason: 'words', about: `kind ${one.kind}` };
  try {
    const { results, doubt } = await player(one, folder);
    const why = difference(one, results);
    if (why === undefined) return { kind: 'pass' };
    if (one.portability !== 'general' && doubt !== undefined) throw doubt;
    if (one.portability !== 'general' && onlyRowsDiffer(one, results)) return { kind: 'notOffered', reason: 'order', about: why };
    // Written down for information: what only one engine does is not promised by another.
    return one.portability === 'engine-specific' ? { kind: 'notOffered', reason: 'engine', about: why } : { kind: 'wrong', why };
  } catch (error) {
    // What the library refuses to start with, it does not offer.
    if (error instanceof ConfigurationError) return { kind: 'notOffered', reason: 'refused', about: error.message };
    if (error instanceof NotOffered) return { kind: 'notOffered', reason: error.reason, about: error.about };
    return { kind: 'wrong', why: error instanceof Error ? `${error.message}${causeOf(error)}` : String(error) };
  }
}

const causeOf = ({ cause }: Error): string => (cause instanceof Error ? ` (${cause.message})` : '');
