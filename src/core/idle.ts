/** What idleness does to the watermark where several inputs meet. Engines differ; each choice is a word. */

/** How inputs that go idle and come back are counted. */
export interface IdleRules {
  /**
   * When the last input goes idle: `'hold'` (default): the watermark stays where it is, so which input was the last to go idle may matter. `'flush'`: it rises to the highest
   * any input has reached, as in Flink and Hazelcast; then the order in which they went idle does not matter.
   */
  readonly allIdle?: 'hold' | 'flush' | undefined;
  /**
   * When an input comes back with a watermark older than the one handed on: `'hold'` (default): nothing rises until it has caught up, so that its records are not made later still.
   * `'catchUp'`: the others go on without it until it has caught up, as in Flink.
   */
  readonly waking?: 'hold' | 'catchUp' | undefined;
}
