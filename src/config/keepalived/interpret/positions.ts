import type { Position } from '../text/traced.ts';

/**
 * Where things of the model were written, by keys such as `instance/VI_1/interface`. For an instance
 * whose words nobody has looked at that is found out when somebody asks.
 */
export class Positions extends Map<string, Position> {
  readonly #later = new Map<string, () => ReadonlyMap<string, Position>>();

  /** `find` gives all positions of the instance. */
  setLater(instance: string, find: () => ReadonlyMap<string, Position>): void {
    this.#later.set(instance, find);
  }

  override get(key: string): Position | undefined {
    const [kind, name = ''] = key.split('/', 2);
    const find = kind === 'instance' ? this.#later.get(name) : undefined;
    if (find !== undefined) {
      this.#later.delete(name);
      for (const [each, position] of find()) super.set(each, position);
    }
    return super.get(key);
  }
}
