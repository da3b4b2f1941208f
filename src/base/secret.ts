/** A value that must never appear in a log, a dump or an error; `reveal` is the only way to it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return '********';
  }

  toJSON(): string {
    return '********';
  }
}
