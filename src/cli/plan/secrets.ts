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
  const drawn = drawSecrets();
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeSecrets(path, drawn);
  } catch (error) {
    return failed((error as Error).message);
  }
  return ok(drawn);
}

export function drawSecrets(): ClusterSecrets {
  const draw = (): string => SIGNS.charAt(randomInt(SIGNS.length));
  return {
    authPass: new Secret(Array.from({ length: AUTH_PASS_LENGTH }, draw).join('')),
    peerKey: new Secret(randomBytes(PEER_KEY_BYTES).toString('hex')),
  };
}

/** Never over others: whoever has them there needs them. Throws what the system says. */
export function writeSecrets(path: string, { authPass, peerKey }: ClusterSecrets): void {
  const values = { authPass: authPass.reveal(), peerKey: peerKey.reveal() };
  writeFileSync(path, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
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
