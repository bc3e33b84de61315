/**
 * An answer as JSON, with what tells whether it is still the same. Values that JSON cannot carry are tagged (`{"$bigint":"7"}`, see core/tagged.ts).
 *
 * Tag of an answer: a hash of its bytes. Version and watermark would not do, for an event within the watermark changes the value and neither of them. It is a strong one only with `asOf`, where no event can change the answer.
 */
import { hash } from 'node:crypto';
import { toTagged } from '../core/tagged.js';
import type { Answer } from '../views/index.js';
import { Refusal, respond, type PlainRequest, type PlainResponse } from './exchange.js';

/** Values that cannot be told throw a NoTree, as in {@link toTagged}. */
export const jsonOf = (value: unknown): string => JSON.stringify(toTagged(value));

/** Throws a Refusal for an answer that lacks something, where that was not wanted. */
export function demand({ complete, gaps }: Answer<unknown>, wanted: 'require' | undefined): void {
  if (wanted === undefined || complete) return;
  if (gaps.length > 0) throw new Refusal(409, 'gaps', 'Events are missing in the answer. A newer version of the batch view will have them; without `complete=require` the answer comes with its gaps.');
  throw new Refusal(409, 'incomplete', 'More events are expected in this range. Ask later, or without `complete=require`.');
}

/** The response with a JSON text; 304 without it for a client that has it. */
export function tagged(request: PlainRequest, json: string, strong: boolean): PlainResponse {
  const opaque = `"${hash('sha256', json, 'base64').slice(0, 27)}"`;
  const etag = strong ? opaque : `W/${opaque}`;
  const known = request.header('if-none-match');
  if (known !== undefined && (known.trim() === '*' || known.split(',').some(one => one.trim().replace(/^W\//, '') === opaque))) return respond(304, undefined, { etag });
  return respond(200, json, { etag });
}
