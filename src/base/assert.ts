/** Thrown when our own code is wrong; never for what a network, a kernel or an operator sent. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never): never {
  throw new InternalError(`unreachable: ${JSON.stringify(value)}`);
}
