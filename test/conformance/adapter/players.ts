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

export type Player = (one: Case, folder: string) => Promise<readonly Result[]>;

const later =
  (reason: Reason): Player =>
  () =>
    Promise.reject(new NotOffered(reason, 'an issue of its own'));

export const PLAYERS: Readonly<Record<string, Player>> = {
  window: playWindowed,
  session: playWindowed,
  trigger: playWindowed,
  join: playJoin,
  suppress: playSuppress,
  state: playState,
  watermark: playWatermark,
  timer: playTimer,
  assigner: playAssigner,
  format: playFormat,
  cep: later('pattern'),
  table: later('table'),
  sketch: later('sketch'),
};
