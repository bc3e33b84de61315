/** Values to cells of CSV: quoted where they must be, and harmless in a spreadsheet. */
import { DataError } from '../../core/errors.js';

/** A spreadsheet takes cells that begin like this for formulas, and formulas can call out (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = new Set([...'=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20'].map(c => c.charCodeAt(0)));
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** First the half of all text that cannot have one, which is told quickly. */
const hasLoneSurrogate = (text: string): boolean => /[\ud800-\udfff]/.test(text) && /\p{Surrogate}/u.test(text);

/** Makes cells: `safe` puts an apostrophe before texts that look like formulas and are not numbers. */
export function cellWriter(delimiter: string, quote: string, safe: boolean): (value: unknown, column: string) => string {
  const special = new RegExp(`[${[delimiter, quote].map(c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')}\\r\\n]|^\\ufeff`);
  const quoted = (text: string): string => (special.test(text) ? quote + text.replaceAll(quote, quote + quote) + quote : text);
  return (value, column) => {
    switch (typeof value) {
      case 'string':
        if (hasLoneSurrogate(value)) throw refused('text with half of a surrogate pair, which UTF-8 cannot hold', column, value);
        return quoted(safe && FORMULA.has(value.charCodeAt(0)) && !NUMBER.test(value) ? `'${value}` : value);
      case 'number':
      case 'bigint':
      case 'boolean':
        return quoted(String(value));
      case 'undefined':
        return '';
      default:
        if (value === null) return '';
        if (value instanceof Date && !Number.isNaN(value.getTime())) return quoted(value.toISOString());
        throw refused(value instanceof Date ? 'an invalid date' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`, column, value);
    }
  };
}

const refused = (what: string, column: string, value: unknown): DataError =>
  new DataError('csv-value', `Column ${JSON.stringify(column.slice(0, 100))} holds ${what}, for which a cell of CSV has no form. Map it to text, a number or a date before the sink.`, value);
