/** The lines of a response as they come. */

/** Longest line; a longer one is no answer of a view. */
const LONGEST = 16_777_216;

/** Lines without their ends. What stands behind the last end of a line is given out too. Leaving early ends the response. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const text = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? text.decode() : text.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      if (done && rest !== '') lines.push(rest);
      if (rest.length > LONGEST) throw new RangeError('The line is too long.');
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
