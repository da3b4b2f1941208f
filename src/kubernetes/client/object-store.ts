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
    this.#objects.set(key, value);
    return before === undefined || !isEqual(before, value);
  }

  remove(raw: Fields): boolean {
    return this.#objects.delete(keyOf(raw));
  }

  /** All of it is what the other one has, which is not used any more. */
  become(whole: ObjectStore<Value>): boolean {
    const isNew = this.#state === 'unlisted' || !isSame(this.#objects, whole.#objects);
    this.#objects = whole.#objects;
    this.#state = 'listed';
    return isNew;
  }
}

function keyOf(object: Fields): string {
  const { namespace, name } = fieldsOf(object.metadata);
  return `${textOf(namespace)}/${textOf(name)}`;
}

function isSame<Value>(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!b.has(key) || !isEqual(value, b.get(key))) return false;
  return true;
}

/** They are plain data, made by one function. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
