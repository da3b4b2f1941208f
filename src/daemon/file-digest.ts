/** Names what a file says, for processes that have read it at different times. */
import { createHash } from 'node:crypto';

/** SHA-256, in hexadecimal digits. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
