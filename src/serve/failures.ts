/** What a client is told when something goes wrong: a code, a sentence of ours, and never the message of an error that may name a path or a value of somebody else. */
import { MillraceError } from '../core/errors.js';
import { NoTree } from '../core/tagged.js';
import { Refusal } from './exchange.js';

/** The refusal for whatever was thrown; `onError` is told of what is not the client's doing. */
export function refusalOf(error: unknown, onError: (error: unknown) => void): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof MillraceError) {
    switch (error.code) {
      case 'range':
        return new Refusal(400, 'range', error.message); // made of the times that were asked for and those of the granule
      case 'view-time':
        return new Refusal(400, 'range', 'A time of the range lies in no granule.');
      case 'top':
        return new Refusal(400, 'top', 'The results of this view are no numbers, and the server was not given `by`, which says how large they are.');
      case 'view-version':
        return new Refusal(404, 'view-version', 'There is no such version of the batch view (any more).');
      case 'view-closed':
        return new Refusal(503, 'view-closed', 'The view is not running.', { 'retry-after': '1' });
      default:
    }
  }
  onError(error);
  if (error instanceof NoTree) return new Refusal(500, 'not-plain', 'The result is no plain data and cannot be told as JSON.');
  return new Refusal(500, 'internal', 'The answer failed.');
}
