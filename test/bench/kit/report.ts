/** What a contest found out, told to the process that started it. */

export interface Result {
  readonly name: string;
  readonly rival: string;
  /** How many times better than the rival we are. */
  readonly ratio: number;
  /** Distance of the highest from the lowest pair, in terms of the ratio. */
  readonly spread: number;
  readonly goal: number;
  /** The measured values behind the ratio, for people. */
  readonly detail: string;
}

export function report(result: Result): void {
  if (process.send === undefined) console.log(result);
  else process.send(result);
}
