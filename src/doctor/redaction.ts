/** Takes out of texts what must not leave the host. */
import { Secret } from '../base/secret.ts';

export const REDACTED = '<redacted>';
/** A shorter secret is replaced as a word only, lest it takes parts of others. */
const LONG_CHARACTERS = 6;
const WORDS = 'password|passwd|passphrase|secret|token|credentials?|(?:api|private|auth)[-_]?key';
const LONG_NAME = String.raw`[\w.-]*(?:${WORDS})`;
/** Names that end in `pass` are those of checks as well. */
const NAME = String.raw`(?:${LONG_NAME}|[\w.-]*pass)`;
const VALUE = String.raw`[^\s"',;}]+`;

/** What looks like a secret by what stands around it: a part to keep, and then the secret. */
const PATTERNS: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // https://user:password@host, and HAProxy's `stats auth user:password`.
  /(\b[a-z][a-z\d+.-]*:\/\/[^\s/:@"']*:)[^\s/@"']+(?=@)/gi,
  /(\bstats\s+auth\s+(?:[^\s:\\]|\\.)*:)\S+/gi,
  /(\b(?:auth_pass|peer_key|smtp_login\s+\S+|auth_hmac\s+\S+)\s+)(?:"[^"]*"|\S+)/gi,
  /(\buser\s+\S+\s+(?:insecure-)?password\s+)\S+/gi,
  /(\bauthorization["']?\s*[:=,]?\s*["']?(?:(?:basic|bearer|digest)\s+)?)[^\s"',]+/gi,
  /(\bbearer\s+)[\w+/=.~-]{12,}/gi,
  new RegExp(`(--?${NAME}[= ]["']?)${VALUE}`, 'gi'),
  new RegExp(String.raw`(\b${NAME}\s*=\s*["']?)${VALUE}`, 'gi'),
  new RegExp(String.raw`(\b${LONG_NAME}["']?\s*:\s*["']?)${VALUE}`, 'gi'),
];

export class TextRedaction {
  readonly #values: readonly RegExp[];
  /** How many different secrets of the configuration are looked for. */
  readonly count: number;

  /** `secrets`: values that the configuration holds. */
  constructor(secrets: Iterable<string>) {
    const known = [...new Set(secrets)].filter((value) => value !== '' && value !== REDACTED);
    // A longer one may hold a shorter one.
    known.sort((a, b) => b.length - a.length);
    this.count = known.length;
    this.#values = known.map((value) => {
      const literal = value.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
      return new RegExp(
        value.length < LONG_CHARACTERS ? `(?<![\\w])${literal}(?![\\w])` : literal,
        'g',
      );
    });
  }

  text(text: string): string {
    let shown = text;
    for (const value of this.#values) shown = shown.replace(value, REDACTED);
    for (const pattern of PATTERNS) {
      shown = shown.replace(pattern, (_all, before: string) => `${before}${REDACTED}`);
    }
    return shown;
  }

  /** Text by text, so that what comes out is JSON as well. */
  json(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (value instanceof Secret) return REDACTED;
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, field]) => [
      this.text(name),
      isNamedSecret(name) && typeof field === 'string' ? REDACTED : this.json(field),
    ]);
    return Object.fromEntries(entries);
  }

  /** One JSON value a line; what is none is text. */
  jsonLines(text: string): string {
    return text
      .split('\n')
      .map((line) => {
        try {
          const value: unknown = line.startsWith('{') ? JSON.parse(line) : undefined;
          return value === undefined ? this.text(line) : JSON.stringify(this.json(value));
        } catch {
          return this.text(line);
        }
      })
      .join('\n');
  }
}

const SECRET_NAME = new RegExp(`^${NAME}$`, 'i');

function isNamedSecret(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** What of a haproxy.cfg is secret by its place: values, for the redaction of everything else. */
export function secretsOfHaproxy(text: string): readonly string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    for (const [at, word] of words.entries()) {
      const next = words[at + 1] ?? '';
      if (word === 'password' || word === 'insecure-password') found.push(next);
      if (word === 'auth' && words[at - 1] === 'stats') found.push(next.replace(/^.*?:/, ''));
      const isSetting = word === 'setenv' || word === 'presetenv';
      if (isSetting && isNamedSecret(next)) found.push((words[at + 2] ?? '').replace(/["']/g, ''));
    }
  }
  return found.filter((value) => value !== '');
}

/** Without comments, which nobody reads when they hand a file over. */
export function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .map((line) => line.replace(/\s+#(?![^"']*["']\s*$).*$/, ''))
    .join('\n');
}
