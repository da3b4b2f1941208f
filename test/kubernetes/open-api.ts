import { type Fields, fieldsOf, listOf, textOf } from '../../src/base/json-fields.ts';

/** `/openapi/v2` of a server. */
export interface Definitions {
  readonly definitions: Fields;
  /** Names of definitions, by `GROUP/VERSION KIND`. */
  readonly names: ReadonlyMap<string, string>;
}

export interface KindName {
  /** '' where absent. */
  readonly group?: string;
  readonly version: string;
  readonly kind: string;
}

export function readDefinitions(text: string): Definitions {
  const definitions = fieldsOf(fieldsOf(JSON.parse(text)).definitions);
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    for (const raw of listOf(fieldsOf(definition)['x-kubernetes-group-version-kind'])) {
      const { group, version, kind } = fieldsOf(raw);
      names.set(
        keyOf({ group: textOf(group), version: textOf(version), kind: textOf(kind) }),
        name,
      );
    }
  }
  return { definitions, names };
}

/** Fields of an object, or of a patch of one, that the server does not know: it would drop them without a word. */
export function findUnknownFields(
  { definitions, names }: Definitions,
  name: KindName,
  value: unknown,
): string[] {
  const found = names.get(keyOf(name));
  if (found === undefined) throw new Error(`the server has no ${keyOf(name)}`);
  return walk(fieldsOf(definitions[found]), value, '');

  function walk(schema: Fields, one: unknown, path: string): string[] {
    const reference = textOf(schema.$ref).replace('#/definitions/', '');
    if (reference !== '') return walk(fieldsOf(definitions[reference]), one, path);
    if (Array.isArray(one)) {
      return one.flatMap((item, index) => walk(fieldsOf(schema.items), item, `${path}[${index}]`));
    }
    if (schema.properties === undefined && schema.additionalProperties === undefined) return [];
    const { properties, additionalProperties } = schema;
    return Object.entries(fieldsOf(one)).flatMap(([key, inner]) => {
      const known = fieldsOf(properties)[key] ?? additionalProperties;
      const where = `${path}.${key}`;
      return known === undefined ? [where] : walk(fieldsOf(known), inner, where);
    });
  }
}

function keyOf({ group = '', version, kind }: KindName): string {
  return `${group}/${version} ${kind}`;
}
