/** `npm run simulate`: bundles the simulation with the library, so that nothing has to be built, and runs it (see main.ts). */
import { runBundled } from '../run-bundled.mjs';

await runBundled(import.meta.url);
