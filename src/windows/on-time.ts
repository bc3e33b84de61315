/** The default trigger: nothing early; a pane when the watermark passes the end, and one for each late record while lateness lasts. The stage of aligned windows does both itself. */
import type { Trigger } from '../core/window.js';

export const onTime: Trigger<null> = { name: 'watermark', zero: () => null, record: () => 'wait', merge: () => null };
