/**
 * What is written to a pipe and not yet read is lost with the end of the process: whoever ends it waits for the
 * readers first.
 */

/** Resolves when the reader of standard output has taken all of it, or has gone. */
export async function writeOut(text: string): Promise<void> {
  process.stdout.write(text);
  await taken(process.stdout);
}

/** Resolves when all that was printed has been read, or nobody reads it; after `limitMs` at the latest. */
export function allTaken(limitMs = Number.POSITIVE_INFINITY): Promise<unknown> {
  const all = Promise.all([taken(process.stdout), taken(process.stderr)]);
  if (!Number.isFinite(limitMs)) return all;
  return Promise.race([all, new Promise((resolve) => setTimeout(resolve, limitMs))]);
}

function taken(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const gone = (): void => resolve();
    stream.once('error', gone);
    stream.write('', () => {
      // An error is told to this function first, to those who listen after it.
      setImmediate(() => {
        stream.off('error', gone);
        resolve();
      });
    });
  });
}
