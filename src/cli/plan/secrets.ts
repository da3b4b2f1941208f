import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { failed, ok, type Result } from '../../base/result.ts';
import { Secret } from '../../base/secret.ts';
import type { ClusterSecrets } from '../../plan/site.ts';

/** Without signs that look alike, and none that a configuration would need quotes for. */
const SIGNS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** keepalived sends no more. */
const AUTH_PASS_LENGTH = 8;
const PEER_KEY_BYTES = 16;

/** Those of the file; where there is none, new ones are drawn and kept there, for its owner alone. */
export function keepSecrets(path: string): Result<ClusterSecrets, string> {
  try {
    return parse(path, readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      return failed((error as Error).message);
    }
  }
  const authPass = Array.from(
    { length: AUTH_PASS_LENGTH },
    () => SIGNS[randomInt(SIGNS.length)],
  ).join('');
  const peerKey = randomBytes(PEER_KEY_BYTES).toString('hex');
  try {
    mkdirSync(dirname(path), { recursive: true });
    const text = `${JSON.stringify({ authPass, peerKey }, null, 2)}\n`;
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    return failed((error as Error).message);
  }
  return ok({ authPass: new Secret(authPass), peerKey: new Secret(peerKey) });
}

function parse(path: string, text: string): Result<ClusterSecrets, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed(`${path} is not JSON; remove it to have new passwords drawn`);
  }
  const { authPass, peerKey } = (value ?? {}) as Record<string, unknown>;
  const isWord = (each: unknown): each is string =>
    typeof each === 'string' && /^[A-Za-z0-9]+$/.test(each);
  if (!isWord(authPass) || !isWord(peerKey) || authPass.length > AUTH_PASS_LENGTH) {
    return failed(`${path} needs authPass (1 to 8 letters and digits) and peerKey`);
  }
  return ok({ authPass: new Secret(authPass), peerKey: new Secret(peerKey) });
}
