export interface OwnMemory {
  heap(): HeapFacts;
  /** Some milliseconds for each megabyte in use. `unable`: Node runs without --expose-gc. */
  giveBack(): 'done' | 'unable';
}

export interface HeapFacts {
  readonly usedBytes: number;
  /** What the kernel has given for it. */
  readonly heldBytes: number;
}
