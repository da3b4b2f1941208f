import { Secret } from '../../base/secret.ts';

/** Replaces every secret, wherever it stands; what holds none is taken over, not copied. */
export function mapSecrets(value: unknown, replace: (secret: Secret) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return replace(value);
  if (Array.isArray(value)) return mapItems(value, replace);
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const field: unknown = (value as Record<string, unknown>)[key];
    // Most of a large model is numbers and text.
    if (typeof field !== 'object') continue;
    const replaced = mapSecrets(field, replace);
    if (replaced === field) continue;
    copy ??= { ...value };
    copy[key] = replaced;
  }
  return copy ?? value;
}

function mapItems(items: readonly unknown[], replace: (secret: Secret) => unknown): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const replaced = mapSecrets(items[index], replace);
    if (replaced === items[index]) continue;
    copy ??= [...items];
    copy[index] = replaced;
  }
  return copy ?? items;
}
