/**
 * Every test of a contract suite that an implementation does not run, with the reason. This is the one place where a skip may stand:
 * a suite refuses to leave out a test that is not listed here, and the gate refuses a line without a reason.
 */
export const suiteSkips: readonly { readonly suite: string; readonly implementation: string; readonly test: string; readonly reason: string }[] = [];
