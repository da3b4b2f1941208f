import type { PlacedKeyword } from '../grammar/keyword.ts';

/** Which word behind a keyword is a secret, by block and keyword, and what is shown instead. */
const SECRETS: Readonly<Record<string, { readonly word: number; readonly shown: string }>> = {
  // As long as a password may be.
  'authentication/auth_pass': { word: 0, shown: 'redacted' },
  // As long as a key must be.
  'auth_hmac/key': { word: 1, shown: 'redacted-redacted-redacted-redacted' },
  'global_defs/peer_key': { word: 0, shown: 'redacted-redacted-redacted-redacted' },
  'global_defs/smtp_login': { word: 1, shown: 'redacted' },
  'SSL/password': { word: 0, shown: 'redacted' },
};

/** The words behind a keyword without what must stay secret; the same words where nothing must. */
export function redactWords<Word extends { readonly text: string }>(
  { block, name }: PlacedKeyword,
  words: readonly Word[],
): readonly Word[] {
  const secret = SECRETS[`${block}/${name}`];
  if (secret === undefined) return words;
  return words.map((word, index) =>
    // Whatever stands behind a secret may be a part of it.
    index < secret.word ? word : { ...word, text: secret.shown },
  );
}
