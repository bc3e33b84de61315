// Runs the bundled code blocks of one page, one after the other, in this process: `node run-blocks.mjs '[{"place": "docs/a.md:3", "url": "file:..."}]'`.
// Ends with 1 and names the block if one throws, rejects later, hangs, or leaves something open.
const blocks = JSON.parse(process.argv[2] ?? '[]');
let place = '';
const fail = (what, cause) => {
  process.stderr.write(`${place}: ${what}${cause === undefined ? '' : ` ${cause instanceof Error ? cause.stack : String(cause)}`}\n`);
  process.exit(1);
};
process.on('unhandledRejection', cause => fail('a promise was rejected and nobody looked:', cause));
process.on('uncaughtException', cause => fail('threw outside any promise:', cause));
console.log = console.info = console.table = () => {};
for (const block of blocks) {
  place = block.place;
  const patience = setTimeout(() => fail('is not done after 20 seconds'), 20_000);
  try {
    await import(block.url);
  } catch (cause) {
    fail('failed:', cause);
  }
  clearTimeout(patience);
}
place = blocks.map(block => block.place).join(', ');
setTimeout(() => fail(`something is still open: ${process.getActiveResourcesInfo().filter(name => name !== 'Timeout').join(', ') || 'a timer'}`), 3_000).unref();
process.on('exit', code => {
  // A top-level await that can never settle ends the process with 13 by itself.
  if (code === 13) process.stderr.write(`${place}: waits for something that never comes\n`);
});
