/** Values in an order that means nothing; one may be there more than once. */
export class Unordered {
  constructor(readonly values: readonly unknown[]) {}
}
