/** Which adapter plays which kind of case. */
import type { Case } from '../case.js';
import type { Result } from '../compare.js';
import { NotOffered, type Reason } from '../outcome.js';
import { playAssigner } from './kinds/assigner.js';
import { playFormat } from './kinds/format.js';
import { playJoin } from './kinds/join.js';
import { playState } from './kinds/state.js';
import { playSuppress } from './kinds/suppress.js';
import { playTimer } from './kinds/timer.js';
import { playWatermark } from './kinds/watermark.js';
import { playWindowed } from './kinds/windowed.js';

/** What came of a case; `doubt`: why, where another engine's convention is asked for, it may be another. */
export interface Played {
  readonly results: readonly Result[];
  readonly doubt?: NotOffered | undefined;
}
export type Player = (one: Case, folder: string) => Promise<Played>;

const plain =
  (play: (one: Case, folder: string) => Promise<readonly Result[]>): Player =>
  async (one, folder) => ({ results: await play(one, folder) });
const later =
  (reason: Reason): Player =>
  () =>
    Promise.reject(new NotOffered(reason, 'an issue of its own'));

export const PLAYERS: Readonly<Record<string, Player>> = {
  window: playWindowed,
  session: playWindowed,
  trigger: playWindowed,
  join: playJoin,
  suppress: plain(playSuppress),
  state: plain(playState),
  watermark: plain(playWatermark),
  timer: plain(playTimer),
  assigner: plain(playAssigner),
  format: plain(playFormat),
  cep: later('pattern'),
  table: later('table'),
  sketch: later('sketch'),
};
