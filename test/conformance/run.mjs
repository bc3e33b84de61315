/** Runs the cases of other engines: `npm run conformance -- <folder>`. Bundled from TypeScript first (adapter and library), so that nothing has to be built. */
import { runBundled } from '../run-bundled.mjs';

await runBundled(import.meta.url);
