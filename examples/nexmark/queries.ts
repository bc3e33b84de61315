/** The queries by name. q4 and q9 need tables that are joined and grouped again; q6 no engine answers. */
import * as joins from './queries/joins.js';
import * as running from './queries/running.js';
import * as stateless from './queries/stateless.js';
import * as windows from './queries/windows.js';
import type { Query } from './query.js';

const all: Readonly<Record<string, Query>> = { ...stateless, ...joins, ...windows, ...running };

/** In order of their numbers. */
export const queries: ReadonlyMap<string, Query> = new Map(Object.entries(all).toSorted(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1))));
