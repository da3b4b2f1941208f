/** Bugs to plant, one at a time. `find` must occur exactly once in its file. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}
