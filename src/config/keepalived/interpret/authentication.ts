import { Secret } from '../../../base/secret.ts';
import type { VrrpAuthentication, VrrpVersion } from '../../model/vrrp.ts';
import type { Context } from './context.ts';
import { Values } from './values.ts';

const NONE: VrrpAuthentication = { kind: 'none' };
const PASSWORD_MAX = 8;

/** The password of version 2. No message ever shows it. */
export function readAuthentication(
  values: Values,
  {
    version,
    strict,
    initialState,
  }: {
    readonly version: VrrpVersion;
    readonly strict: boolean;
    readonly initialState: 'master' | 'backup';
  },
  context: Context,
): VrrpAuthentication {
  const { report } = context;
  const statement = values.statement('authentication');
  if (statement?.block === undefined) return NONE;
  const block = new Values(statement.block.statements, report);
  const type = block.text('auth_type');
  const password = block.text('auth_pass') || undefined;
  const at = block.position('auth_pass');
  if (type === undefined) {
    if (password !== undefined && !block.has('auth_type') && at !== undefined) {
      report.add(
        'authentication-untyped',
        block.statement('auth_pass')?.keyword.at ?? at,
        'without auth_type the password is not used: adverts are not authenticated',
        'write auth_type PASS before it',
      );
    }
    return NONE;
  }
  const typeAt = block.statement('auth_type')?.keyword.at ?? statement.keyword.at;
  if (password === undefined || at === undefined) {
    if (!block.has('auth_pass') || block.text('auth_pass') === '') {
      report.add(
        'authentication-incomplete',
        typeAt,
        'without auth_pass adverts are not authenticated',
        'write auth_pass PASSWORD, at most 8 characters',
      );
    }
    return NONE;
  }
  if (version === 3 || strict) {
    report.add(
      'authentication-ignored',
      statement.keyword.at,
      `${version === 3 ? 'VRRP version 3' : 'strict mode'} has no authentication: it is ignored`,
      'remove the block',
    );
    return NONE;
  }
  if (type === 'AH') {
    if (initialState === 'master') {
      report.add(
        'setting-without-effect',
        typeAt,
        "'auth_type AH' does not go with state MASTER, since its numbers must be learnt first",
        'write state BACKUP',
      );
    }
    report.add(
      'not-yet',
      typeAt,
      "'auth_type AH' is not supported yet: adverts are not authenticated, so that hosts that do ignore this one",
    );
    return NONE;
  }
  const cut = cutPassword(password);
  if (cut !== password) {
    report.add(
      'password-truncated',
      at,
      `the password is longer than ${PASSWORD_MAX} bytes: only the first ${PASSWORD_MAX} count`,
      `write at most ${PASSWORD_MAX} characters`,
    );
  }
  return { kind: 'simple', password: new Secret(cut) };
}

/** The first 8 bytes of the text's UTF-8 form; a character that does not fit whole is left out. */
function cutPassword(password: string): string {
  let bytes = 0;
  let text = '';
  for (const character of password) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    if (bytes > PASSWORD_MAX) break;
    text += character;
  }
  return text;
}
