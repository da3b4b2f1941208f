/** One command of the program; a file each. */
export interface Command {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** For `--help`. */
  readonly usage: string;
  /** Resolves with the exit code. */
  run(argv: readonly string[]): Promise<number>;
}
