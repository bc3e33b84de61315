/** How far the job is: one line that is rewritten in a terminal, a line every other second where there is none. */

export interface Progress {
  stop(): void;
}

/** Where to write; `process.stderr` is one. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const thousands = (n: number): string => Math.round(n).toLocaleString('en-US');

/** One line: how many of how many, how fast, how much longer. */
export function progressLine(read: number, total: number, seconds: number): string {
  const rate = seconds > 0 ? read / seconds : 0;
  const left = rate > 0 ? `${((total - read) / rate).toFixed(1)} s left` : 'starting';
  return `${thousands(read)} of ${thousands(total)} flights (${Math.floor((100 * read) / total)} %), ${thousands(rate)} per second, ${left}`;
}

/** Asks `read` how many rows have been read, and says so until stopped. */
export function showProgress(read: () => number, total: number, screen: Screen = process.stderr): Progress {
  const started = performance.now();
  const line = (): string => progressLine(read(), total, (performance.now() - started) / 1_000);
  const terminal = screen.isTTY === true;
  const timer = setInterval(() => screen.write(terminal ? `\r\u001B[K${line()}` : `${line()}\n`), terminal ? 200 : 2_000);
  return {
    stop() {
      clearInterval(timer);
      screen.write(terminal ? `\r\u001B[K${line()}\n` : `${line()}\n`);
    },
  };
}
