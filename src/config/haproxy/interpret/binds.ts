/** `bind ADDRESS … [OPTION …]`. */
import { Secret } from '../../../base/secret.ts';
import type { Bind, BindTls } from '../../model/proxy.ts';
import { describeFailure } from '../files.ts';
import { BIND_OPTION_TABLE } from '../grammar/bind-options.ts';
import type { Line } from './context.ts';
import { isAccount, readTlsVersion, versionLimits } from './globals.ts';
import { readListenAddresses } from './listen-address.ts';
import { noteStatus } from './note-status.ts';
import type { Mutable, ProxyDraft } from './proxy-draft.ts';
import { inFolder, readNamedFile } from './server-setters.ts';
import { readChoice, readNumber } from './values.ts';

interface BindDraft {
  readonly bind: Mutable<Omit<Bind, 'addresses' | 'line' | 'tls'>>;
  readonly tls: Mutable<Omit<BindTls, 'certificates'>>;
  readonly certificates: BindTls['certificates'][number][];
  isTls: boolean;
  /** `no-tlsv10` and so on. */
  readonly versions: string[];
}

export function readBind(line: Line, proxy: ProxyDraft): void {
  const addresses = readListenAddresses(line);
  const draft: BindDraft = {
    bind: { acceptProxy: false, transparent: false, v4v6: false },
    tls: { alpn: [], verify: 'none', strictSni: false },
    certificates: [],
    isTls: false,
    versions: [],
  };
  if (!readOptions(line, draft) || addresses === undefined) return;
  const tls = readTls(line, draft);
  if (tls === 'bad') return;
  proxy.binds.push({
    addresses,
    line: line.statement.line,
    ...draft.bind,
    ...(tls !== undefined && { tls }),
  });
}

function readOptions(line: Line, draft: BindDraft): boolean {
  for (let at = 1; at < line.args.length; at++) {
    const word = line.args[at];
    const name = word?.text ?? '';
    const option = BIND_OPTION_TABLE.get(name);
    if (option === undefined) {
      const hint = line.meant(name, BIND_OPTION_TABLE.keys());
      line.tell('unknown-keyword', word, `'bind' has no option '${name}'`, hint);
      return false;
    }
    if (option.values > 0 && line.args[at + 1] === undefined) {
      line.tell('missing-value', word, `'${name}' lacks its value`);
      return false;
    }
    if (noteStatus(line, word, option) === 'apply') readOption(line, at, draft);
    at += option.values;
  }
  return true;
}

function readOption(line: Line, at: number, draft: BindDraft): void {
  const { bind } = draft;
  const name = line.text(at);
  const word = line.args[at + 1];
  const value = word?.text ?? '';
  switch (name) {
    case 'accept-proxy':
      bind.acceptProxy = true;
      break;
    case 'transparent':
      bind.transparent = true;
      break;
    case 'v4v6':
    case 'v6only':
      bind.v4v6 = name === 'v4v6';
      break;
    case 'interface':
    case 'name':
      bind[name] = value;
      break;
    case 'user':
    case 'uid':
      if (name === 'user') isAccount(line, at + 1, 'user');
      bind.user = value;
      break;
    case 'group':
    case 'gid':
      if (name === 'group') isAccount(line, at + 1, 'group');
      bind.group = value;
      break;
    case 'maxconn':
    case 'backlog': {
      const most = readNumber(line, word, `'${name}'`, {});
      if (most !== undefined) bind[name] = most;
      break;
    }
    case 'mode':
      if (/^[0-7]{1,4}$/.test(value)) bind.mode = Number.parseInt(value, 8);
      else line.fail(word, `'mode' is an octal number, not '${value}'`);
      break;
    case 'id':
      readNumber(line, word, "'id'", { least: 1 });
      break;
    case 'level':
      readChoice(line, word, "'level'", ['user', 'operator', 'admin']);
      break;
    default:
      readTlsOption(line, at, draft);
  }
}

function readTlsOption(line: Line, at: number, draft: BindDraft): void {
  const { tls } = draft;
  const name = line.text(at);
  const word = line.args[at + 1];
  const value = word?.text ?? '';
  switch (name) {
    case 'ssl':
      draft.isTls = true;
      break;
    case 'crt':
      readCertificates(line, at + 1, draft);
      break;
    case 'crt-list':
      readList(line, at + 1, draft);
      break;
    case 'ca-file': {
      const ca = readNamedFile(line, at + 1, line.context.global.caBase);
      if (ca !== undefined) tls.clientCa = ca;
      break;
    }
    case 'verify':
      tls.verify = readChoice(line, word, "'verify'", ['none', 'optional', 'required']) ?? 'none';
      break;
    case 'alpn':
      tls.alpn = value.split(',');
      break;
    case 'ciphers':
    case 'ciphersuites':
      tls[name] = value;
      break;
    case 'ssl-min-ver':
    case 'ssl-max-ver': {
      const version = readTlsVersion(line, at + 1);
      if (version !== undefined)
        tls[name === 'ssl-min-ver' ? 'minVersion' : 'maxVersion'] = version;
      break;
    }
    case 'strict-sni':
      tls.strictSni = true;
      break;
    default:
      draft.versions.push(name);
  }
}

/** A file, or all files of a folder. */
function readCertificates(line: Line, at: number, draft: BindDraft): void {
  const path = inFolder(line.text(at), line.context.global.crtBase);
  const names = line.context.files.list(path);
  const files = names?.filter((name) => !/\.(?:issuer|ocsp|sctl|key)$|^\./.test(name));
  for (const file of files?.map((name) => `${path}/${name}`) ?? [path]) {
    readCertificate(line, at, file, draft);
  }
}

function readCertificate(line: Line, at: number, file: string, draft: BindDraft): void {
  const word = line.args[at];
  const read = line.context.files.read(file, 'text');
  if (!read.ok) {
    line.tell('file-unreadable', word, `'${file}' is not read: ${describeFailure(read.reason)}`);
    return;
  }
  let pem = read.value;
  if (!pem.includes('PRIVATE KEY-----')) {
    const key = line.context.files.read(`${file}.key`, 'text');
    if (key.ok) pem += `\n${key.value}`;
  }
  const isWhole = pem.includes('-----BEGIN CERTIFICATE-----') && pem.includes('PRIVATE KEY-----');
  if (isWhole) draft.certificates.push({ file, pem: new Secret(pem) });
  else {
    const hint = 'put both into the file, or the key into FILE.key';
    line.tell('bad-certificate', word, `'${file}' does not hold a certificate with its key`, hint);
  }
}

/** Lines `FILE [OPTIONS] [NAME …]`; the names are those of the certificate. */
function readList(line: Line, at: number, draft: BindDraft): void {
  const path = inFolder(line.text(at), line.context.global.crtBase);
  const read = line.context.files.read(path, 'text');
  if (!read.ok) {
    const message = `'${path}' is not read: ${describeFailure(read.reason)}`;
    line.tell('file-unreadable', line.args[at], message);
    return;
  }
  for (const text of read.value.split('\n')) {
    const [file] = text.trim().split(/\s+/);
    if (file === undefined || file === '' || file.startsWith('#')) continue;
    readCertificate(line, at, inFolder(file, line.context.global.crtBase), draft);
  }
}

function readTls(line: Line, draft: BindDraft): BindTls | 'bad' | undefined {
  if (!draft.isTls) return undefined;
  const { global } = line.context;
  const isNamed = line.args.some(({ text }) => text === 'crt' || text === 'crt-list');
  if (!isNamed) {
    line.tell(
      'bad-certificate',
      undefined,
      "'bind … ssl' lacks its certificate",
      'write crt FILE behind ssl',
    );
    return 'bad';
  }
  if (draft.certificates.length === 0) return 'bad';
  const limits = versionLimits(draft.versions);
  const tls = {
    ...(global.bindCiphers !== undefined && { ciphers: global.bindCiphers }),
    ...(global.bindCiphersuites !== undefined && { ciphersuites: global.bindCiphersuites }),
    ...(global.bindMinVersion !== undefined && { minVersion: global.bindMinVersion }),
    ...(global.bindMaxVersion !== undefined && { maxVersion: global.bindMaxVersion }),
    ...(limits.min !== undefined && { minVersion: limits.min }),
    ...(limits.max !== undefined && { maxVersion: limits.max }),
    ...draft.tls,
  };
  if (tls.verify !== 'none' && tls.clientCa === undefined) {
    line.tell(
      'tls-without-ca',
      undefined,
      `'verify ${tls.verify}' lacks the authority`,
      'write ca-file FILE',
    );
    return 'bad';
  }
  return { certificates: draft.certificates, ...tls };
}
