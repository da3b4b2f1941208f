/**
 * What JSON from a file or another process must look like to be a value of ours. Each shape lists
 * every field of its type, so that the compiler asks for what is missing here. Nothing throws.
 */
import { type IpAddress, parseIp } from './ip.ts';
import { type MacAddress, parseMac } from './mac.ts';
import { ok, type Result } from './result.ts';
import type { Micros } from './time.ts';

/** Where JSON does not fit, and why. */
export interface Misfit {
  /** `.instances[0].vrid`; empty for the value as a whole. */
  readonly at: string;
  readonly what: string;
}

export type Shape<Value> = (json: unknown) => Result<Value, Misfit>;

/** A field that may be absent. */
export interface Optional<Value> {
  readonly optional: Shape<Value>;
}

export type Fields<Value> = {
  readonly [Key in keyof Value]-?: Record<never, never> extends Pick<Value, Key>
    ? Optional<Exclude<Value[Key], undefined>>
    : Shape<Value[Key]>;
};

export function misfit(what: string, at = ''): { ok: false; reason: Misfit } {
  return { ok: false, reason: { at, what } };
}

export function formatMisfit({ at, what }: Misfit): string {
  return at === '' ? what : `${at.replace(/^\./, '')}: ${what}`;
}

export function optional<Value>(shape: Shape<Value>): Optional<Value> {
  return { optional: shape };
}

/** A field that is always there and may be undefined, which JSON has no word for. */
export function orUndefined<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return (json) => (json === undefined ? ok(undefined) : shape(json));
}

export const text: Shape<string> = (json) =>
  typeof json === 'string' ? ok(json) : misfit('expected text');

export const flag: Shape<boolean> = (json) =>
  typeof json === 'boolean' ? ok(json) : misfit('expected true or false');

export const integer: Shape<number> = (json) =>
  Number.isSafeInteger(json) ? ok(json as number) : misfit('expected an integer');

export const instant: Shape<Micros> = (json) =>
  Number.isSafeInteger(json) ? ok(json as Micros) : misfit('expected whole microseconds');

export const duration: Shape<Micros> = (json) =>
  Number.isSafeInteger(json) && (json as number) >= 0
    ? ok(json as Micros)
    : misfit('expected whole microseconds, at least 0');

/** Of something that is done again and again. */
export const period: Shape<Micros> = (json) =>
  Number.isSafeInteger(json) && (json as number) >= 1
    ? ok(json as Micros)
    : misfit('expected whole microseconds, at least 1');

export const ipAddress: Shape<IpAddress> = (json) => {
  const address = typeof json === 'string' ? parseIp(json) : undefined;
  return address === undefined || address !== json ? misfit('expected an IP address') : ok(address);
};

export const macAddress: Shape<MacAddress> = (json) => {
  const address = typeof json === 'string' ? parseMac(json) : undefined;
  return address === undefined ? misfit('expected a hardware address') : ok(address);
};

/**
 * A field that older versions did not write: what they did stands for it. Without that a newer program
 * can neither read their recordings nor take over from them.
 */
export function added<Value>(shape: Shape<Value>, before: Value): Shape<Value> {
  return (json) => (json === undefined ? ok(before) : shape(json));
}

/** One of the words of a union; the table names each of them. */
export function word<Word extends string>(words: Readonly<Record<Word, true>>): Shape<Word> {
  const known: ReadonlySet<unknown> = new Set(Object.keys(words));
  return (json) =>
    known.has(json) ? ok(json as Word) : misfit(`expected one of ${[...known].join(', ')}`);
}

export function oneOf<const Choice extends number>(...choices: readonly Choice[]): Shape<Choice> {
  const known: ReadonlySet<unknown> = new Set(choices);
  return (json) =>
    known.has(json) ? ok(json as Choice) : misfit(`expected one of ${choices.join(', ')}`);
}

export function list<Item>(item: Shape<Item>): Shape<readonly Item[]> {
  return (json) => {
    if (!Array.isArray(json)) return misfit('expected a list');
    const items: Item[] = [];
    for (let index = 0; index < json.length; index++) {
      const read = item(json[index]);
      if (!read.ok) return misfit(read.reason.what, `[${index}]${read.reason.at}`);
      items.push(read.value);
    }
    return ok(items);
  };
}

/** An object with these fields and no others: one that is not known could change what is decided. */
export function object<Value extends object>(fields: Fields<Value>): Shape<Value> {
  const entries: [string, Shape<unknown> | Optional<unknown>][] = Object.entries(fields);
  const names: ReadonlySet<string> = new Set(entries.map(([name]) => name));
  return (json) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      return misfit('expected an object');
    }
    for (const name of Object.keys(json)) {
      if (!names.has(name)) return misfit('is not known to this version', `.${name}`);
    }
    const value: Record<string, unknown> = {};
    for (const [name, field] of entries) {
      const given = Object.hasOwn(json, name) ? Reflect.get(json, name) : undefined;
      if (typeof field !== 'function' && given === undefined) continue;
      const read = (typeof field === 'function' ? field : field.optional)(given);
      if (!read.ok) {
        const missing = given === undefined ? 'is missing' : read.reason.what;
        return misfit(missing, `.${name}${read.reason.at}`);
      }
      value[name] = read.value;
    }
    return ok(value as Value);
  };
}

/** A union told apart by `kind`. */
export function variants<Value extends { readonly kind: string }>(
  shapes: {
    readonly [Kind in Value['kind']]: Fields<Omit<Extract<Value, { readonly kind: Kind }>, 'kind'>>;
  },
): Shape<Value> {
  const known = new Map<unknown, Shape<Value>>();
  for (const [kind, fields] of Object.entries(shapes)) {
    const own = { kind: word({ [kind]: true }), ...(fields as object) };
    known.set(kind, object(own as unknown as Fields<object>) as unknown as Shape<Value>);
  }
  return (json) => {
    if (typeof json !== 'object' || json === null) return misfit('expected an object');
    const kind: unknown = Reflect.get(json, 'kind');
    const shape = known.get(kind);
    if (shape !== undefined) return shape(json);
    return typeof kind === 'string'
      ? misfit(`kind '${kind}' is not known to this version`)
      : misfit('expected a kind', '.kind');
  };
}
