import { failed, ok, type Result } from '../../base/result.ts';

/** More hosts than any inventory has: `[0:99999999]` shall not fill the memory. */
const HOSTS_MAX = 10_000;

/**
 * The names that an Ansible host pattern stands for: `node[01:03]` is node01, node02, node03;
 * `[a:c]` letters, `[0:10:5]` with a step. Several ranges in one name multiply.
 */
export function expandHostPattern(pattern: string): Result<readonly string[], string> {
  let names = [''];
  // An address such as [2001:db8::1] has brackets too, and is no range.
  const parts = pattern.split(/(\[[^\]]*\])/);
  for (const part of parts) {
    const values = part.startsWith('[') ? readRange(part.slice(1, -1)) : [part];
    if (values === undefined) return failed(`${part} is not a range such as [01:20] or [a:f]`);
    if (names.length * values.length > HOSTS_MAX) return failed(`more than ${HOSTS_MAX} hosts`);
    names = names.flatMap((name) => values.map((value) => name + value));
  }
  return ok(names);
}

function readRange(text: string): readonly string[] | undefined {
  const [from = '', to = '', step = '1', ...more] = text.split(':');
  if (more.length > 0 || !/^[1-9]\d*$/.test(step)) return undefined;
  const isLetters = /^[a-zA-Z]$/.test(from) && /^[a-zA-Z]$/.test(to);
  const isNumbers = /^\d{1,9}$/.test(from) && /^\d{1,9}$/.test(to);
  if (!isLetters && !isNumbers) return undefined;
  const first = isLetters ? from.charCodeAt(0) : Number(from);
  const last = isLetters ? to.charCodeAt(0) : Number(to);
  const count = Math.floor((last - first) / Number(step)) + 1;
  if (count < 1 || count > HOSTS_MAX) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const value = first + index * Number(step);
    return isLetters ? String.fromCharCode(value) : String(value).padStart(width(from), '0');
  });
}

/** `[01:20]` pads, `[1:20]` does not. */
function width(from: string): number {
  return from.startsWith('0') ? from.length : 0;
}
