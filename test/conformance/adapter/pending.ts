/** Windows that the library does not have yet: a case that asks for them is not offered. */
import type { Windows } from 'millrace';
import { NotOffered } from '../outcome.js';

const later =
  (name: string) =>
  (...options: readonly unknown[]): Windows => {
    throw new NotOffered('pending', `${name}(${options.length})`);
  };

export const calendar = later('calendar');
