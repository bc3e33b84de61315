/** `npm run campaign`: bundles the campaigns and runs them (see main.ts). The package they try is what `npm run build` made. */
import { fileURLToPath } from 'node:url';
import { runBundled } from '../run-bundled.mjs';

await runBundled(import.meta.url, { CAMPAIGN_ROOT: fileURLToPath(new URL('../../', import.meta.url)) });
