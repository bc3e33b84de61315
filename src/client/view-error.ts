/** What a server of views, or the way to it, has refused. */
import { MillraceError } from '../core/errors.js';

/** A served view did not answer. `code` is that of the server, or `connection` (nobody answered) or `response` (what came is no answer of a view). */
export class ViewError extends MillraceError {
  /** Of the response; 0 where there was none. */
  readonly status: number;
  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.status = status;
  }
}
