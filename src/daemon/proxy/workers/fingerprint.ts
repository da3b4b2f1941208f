import { createHash } from 'node:crypto';
import { Secret } from '../../../base/secret.ts';
import type { ProxyConfig } from '../../../config/model/proxy.ts';

/** Whether two processes have read the same; tells nothing of what. */
export function fingerprintOf(config: ProxyConfig): string {
  const text = JSON.stringify(config, function (key, value: unknown) {
    // What has a JSON of its own arrives as that.
    const original = (this as Record<string, unknown>)[key];
    if (original instanceof Secret) return original.reveal();
    if (value instanceof Set) return [...value];
    if (value instanceof Map) return [...value];
    return value instanceof RegExp ? String(value) : value;
  });
  return createHash('sha256').update(text).digest('base64');
}
