import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** Somebody whom the API servers know by a token. */
export interface ApiUser {
  readonly name: string;
  /** `system:masters` may do everything. */
  readonly groups?: readonly string[];
}

const ADMIN: ApiUser = { name: 'admin', groups: ['system:masters'] };

/** What the API servers of one cluster share: an authority, certificates, keys, tokens. All for two days. */
export class Credentials {
  readonly #folder: string;
  readonly #users: readonly ApiUser[];

  /** `names`: addresses and names by which clients come. */
  constructor(folder: string, names: readonly string[], users: readonly ApiUser[]) {
    this.#folder = folder;
    this.#users = [ADMIN, ...users];
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    this.#openssl(
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority`,
      `-keyout ${this.path('ca.key')} -out ${this.path('ca.crt')}`,
    );
    const sans = [...new Set(['127.0.0.1', 'localhost', 'kubernetes.default.svc', ...names])].map(
      (name) => `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`,
    );
    this.#sign('server', '/CN=kube-apiserver', `subjectAltName=${sans.join(',')}`);
    this.#sign(
      'client',
      '/O=system:masters/CN=admin-by-certificate',
      'extendedKeyUsage=clientAuth',
    );
    this.#openssl(`genrsa -out ${this.path('accounts.key')} 2048`);
    this.#openssl(`rsa -in ${this.path('accounts.key')} -pubout -out ${this.path('accounts.pub')}`);
    const tokens = this.#users.map(({ name, groups = [] }) => {
      return `${this.token(name)},${name},${name},"${groups.join(',')}"\n`;
    });
    writeFileSync(this.path('tokens.csv'), tokens.join(''), { mode: 0o600 });
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  token(user = ADMIN.name): string {
    return `token-of-${user}`;
  }

  /** A kubeconfig for a user by token; the path of the file. */
  kubeconfig(url: string, user = ADMIN.name): string {
    const file = this.path(`kubeconfig-${user}-${url.replace(/\W+/g, '-')}`);
    const document = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'tests', cluster: { server: url, 'certificate-authority': this.path('ca.crt') } },
      ],
      users: [{ name: user, user: { token: this.token(user) } }],
      contexts: [{ name: 'tests', context: { cluster: 'tests', user } }],
      'current-context': 'tests',
    };
    // Whole at any moment: a kubectl that was started before may read it only now.
    writeFileSync(`${file}.new`, stringify(document), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return file;
  }

  #sign(name: string, subject: string, extension: string): void {
    const key = this.path(`${name}.key`);
    const request = this.path(`${name}.csr`);
    const extensions = this.path(`${name}.ext`);
    writeFileSync(extensions, `${extension}\n`);
    this.#openssl(
      `req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj ${subject}`,
      `-keyout ${key} -out ${request}`,
    );
    this.#openssl(
      `x509 -req -days 2 -in ${request} -extfile ${extensions} -out ${this.path(`${name}.crt`)}`,
      `-CA ${this.path('ca.crt')} -CAkey ${this.path('ca.key')} -CAcreateserial`,
    );
  }

  #openssl(...words: readonly string[]): void {
    execFileSync('openssl', words.join(' ').split(' '), { stdio: 'pipe' });
  }
}
