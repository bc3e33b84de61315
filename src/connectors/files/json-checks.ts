/**
 * What `JSON.parse` lets pass and a pipeline should not: integers it rounds, nesting that breaks recursive code further down, keys given twice.
 * Each check has a cheap condition without which it cannot apply, looked at on the bytes, so that ordinary lines hardly pay.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const isDigit = (code: number | undefined): boolean => code !== undefined && code >= 48 && code <= 57;

/** Every integer of fewer digits is exact. */
const LONG = 16;

/** Codes that may stand right before and right behind an integer of a JSON text; a fraction, an exponent or text in quotes has others. */
const before = new Set([...':,[- \t\r'].map(c => c.charCodeAt(0)));
const behind = new Set([...',]} \t\r'].map(c => c.charCodeAt(0)));

/** Could there be an integer of at least 16 digits? A run of so many covers a multiple of 16, so only every sixteenth byte is looked at. */
export function hasLongInteger(bytes: Uint8Array, start: number, end: number): boolean {
  for (let probe = start + LONG - 1; probe < end; probe += LONG) {
    if (!isDigit(bytes[probe])) continue;
    let first = probe;
    while (first > start && isDigit(bytes[first - 1])) first--;
    let next = probe + 1;
    while (next < end && isDigit(bytes[next])) next++;
    if (next - first >= LONG && (first === start || before.has(bytes[first - 1] ?? 0)) && (next === end || behind.has(bytes[next] ?? 0))) return true;
    // Another run cannot begin before next + 1, and then covers next + 15.
    probe = next - 1;
  }
  return false;
}

/** Deeper than `max` levels of arrays and objects? Counts brackets first; a text with few of them cannot be. */
export function isDeeper(bytes: Uint8Array, start: number, end: number, max: number): boolean {
  // A text that deep and whole has a closing bracket for each opening one; what is not whole is refused anyway.
  if (end - start <= 2 * max) return false;
  let brackets = 0;
  // `[` and `{` differ in one bit.
  for (let i = start; i < end && brackets <= max; i++) if (((bytes[i] ?? 0) | 32) === 123) brackets++;
  if (brackets <= max) return false;
  let depth = 0;
  for (let i = start; i < end; i++) {
    const code = bytes[i] ?? 0;
    if (code === QUOTE) i = endOfString(bytes, i, end);
    else if ((code | 32) === 123) {
      if (++depth > max) return true;
    } else if ((code | 32) === 125) depth--;
  }
  return false;
}

/** The closing quote of the string that opens at `open`. */
function endOfString(bytes: Uint8Array, open: number, end: number): number {
  let i = open + 1;
  while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}

/** The same in a text. */
function endOfText(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  for (; close !== -1; close = text.indexOf('"', close + 1)) {
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return close;
  }
  return text.length;
}

/** Would the integer be rounded? Beyond 309 digits every one is. */
const isRounded = (digits: string): boolean => digits.length > 310 || (digits.length >= LONG && BigInt(digits) !== BigInt(Number(digits)));

/** Integers of a valid JSON text that a number cannot hold exactly: [from, to) of each. Numbers with a fraction or an exponent are approximations by nature. */
export function roundedIntegers(text: string): (readonly [from: number, to: number])[] {
  const found: (readonly [number, number])[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfText(text, i);
    else if (code === 45 || isDigit(code)) {
      let to = i + 1;
      while (isDigit(text.charCodeAt(to))) to++;
      const integer = !/[.eE]/.test(text.charAt(to));
      if (integer && isRounded(text.slice(i, to))) found.push([i, to]);
      while (/[-+.eE\d]/.test(text.charAt(to))) to++;
      i = to - 1;
    }
  }
  return found;
}

/** The text with those integers as strings. */
export function withTexts(text: string, integers: readonly (readonly [from: number, to: number])[]): string {
  let result = '';
  let at = 0;
  for (const [from, to] of integers) {
    result += `${text.slice(at, from)}"${text.slice(from, to)}"`;
    at = to;
  }
  return result + text.slice(at);
}

/** The first key that an object of a valid JSON text has twice. */
export function duplicateKey(text: string): string | undefined {
  /** One set per open object, `undefined` per open array. */
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 123) open.push(new Set());
    else if (code === 91) open.push(undefined);
    else if (code === 125 || code === 93) open.pop();
    else if (code === QUOTE) {
      const close = endOfText(text, i);
      let after = close + 1;
      while (/\s/.test(text.charAt(after))) after++;
      const keys = open.at(-1);
      if (text.charAt(after) === ':' && keys !== undefined) {
        const key = JSON.parse(text.slice(i, close + 1)) as string; // a string of a text that was parsed
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = close;
    }
  }
  return undefined;
}
