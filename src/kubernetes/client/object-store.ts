/** Objects of one collection, trimmed, by NAMESPACE/NAME; each change says whether it was one. */
import { type Fields, fieldsOf, textOf } from '../../base/json-fields.ts';

/** What is kept of an object; undefined: nothing. */
export type Trim<Value> = (raw: unknown) => Value | undefined;

export class ObjectStore<Value> {
  readonly #trim: Trim<Value>;
  #objects: Map<string, Value>;
  #state: 'unlisted' | 'listed' = 'unlisted';

  constructor(trim: Trim<Value>) {
    this.#trim = trim;
    this.#objects = new Map();
  }

  get objects(): ReadonlyMap<string, Value> {
    return this.#objects;
  }

  /** Whether it has been whole once. */
  get state(): 'unlisted' | 'listed' {
    return this.#state;
  }

  /** Another one, empty, to be filled while this one is still what is known. */
  draft(): ObjectStore<Value> {
    return new ObjectStore(this.#trim);
  }

  /** One that is there now, or is another than before. */
  put(raw: Fields): boolean {
    const key = keyOf(raw);
    const value = this.#trim(raw);
    if (value === undefined) return this.#objects.delete(key);
    const before = this.#objects.get(key);
    // The same object means: as it was.
    if (before !== undefined && isEqual(before, value)) return false;
    this.#objects.set(key, value);
    return true;
  }

  remove(raw: Fields): boolean {
    return this.#objects.delete(keyOf(raw));
  }

  /** All of it is what the other one has, which is not used any more. */
  become(whole: ObjectStore<Value>): boolean {
    let isNew = this.#state === 'unlisted' || this.#objects.size !== whole.#objects.size;
    for (const [key, value] of whole.#objects) {
      const before = this.#objects.get(key);
      if (before !== undefined && isEqual(before, value)) whole.#objects.set(key, before);
      else isNew = true;
    }
    this.#objects = whole.#objects;
    this.#state = 'listed';
    return isNew;
  }
}

function keyOf(object: Fields): string {
  const { namespace, name } = fieldsOf(object.metadata);
  return `${textOf(namespace)}/${textOf(name)}`;
}

/** They are plain data, made by one function. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
