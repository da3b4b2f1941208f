/** Resolves when the reader has taken all of it, or has gone: a command that ends sooner cuts its output short. */
export function writeOut(text: string): Promise<void> {
  const { stdout } = process;
  return new Promise((resolve) => {
    const gone = (): void => resolve();
    stdout.once('error', gone);
    stdout.write(text, () => {
      // An error is told to this function first, to those who listen after it.
      setImmediate(() => {
        stdout.off('error', gone);
        resolve();
      });
    });
  });
}
