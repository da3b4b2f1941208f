/** Sets that grow together (union-find). */
export class Union {
  readonly #above = new Map<string, string>();

  add(name: string): void {
    if (!this.#above.has(name)) this.#above.set(name, name);
  }

  join(one: string, other: string): void {
    this.add(one);
    this.add(other);
    const root = this.find(one);
    if (root !== this.find(other)) this.#above.set(this.find(other), root);
  }

  /** The name of the set. */
  find(name: string): string {
    let root = name;
    for (;;) {
      const above = this.#above.get(root) ?? root;
      if (above === root) break;
      root = above;
    }
    let at = name;
    while (at !== root) {
      const next = this.#above.get(at) ?? root;
      this.#above.set(at, root);
      at = next;
    }
    return root;
  }
}
