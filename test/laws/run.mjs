/** `npm run laws`: bundles the laws with the library, so that nothing has to be built, and runs them (see main.ts). */
import { runBundled } from '../run-bundled.mjs';

await runBundled(import.meta.url);
