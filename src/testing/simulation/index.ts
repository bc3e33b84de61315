/** Door `millrace/testing/simulation`: jobs of the real engine under a seeded scheduler that owns time, promises, disk, servers and crashes. */
export { simulate, simulateOnce, type SimulateOptions, type SimulationFigures } from './simulate.js';
export type { FaultRates } from './rates.js';
export type { Simulation } from './world.js';
export { diskState } from './disk-state.js';
export type { Scripted } from './source.js';
export type { Stored } from './server.js';
