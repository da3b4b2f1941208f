import { Secret } from '../../base/secret.ts';

/** Replaces every secret, wherever it stands; what holds none is taken over, not copied. */
export function mapSecrets(value: unknown, replace: (secret: Secret) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return replace(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => mapSecrets(item, replace));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, field] of Object.entries(value)) {
    const replaced = mapSecrets(field, replace);
    if (replaced === field) continue;
    copy ??= { ...value };
    copy[key] = replaced;
  }
  return copy ?? value;
}
