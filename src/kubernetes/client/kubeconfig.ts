/** Credentials of a kubeconfig: its current context. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type Fields, fieldsOf, textOf } from '../../base/json-fields.ts';
import { Secret } from '../../base/secret.ts';
import { bearer, type Credentials, optional, type TlsFacts, unchanging } from './credentials.ts';

/** Throws with a sentence about what is wrong; never with what is secret in it. */
export function readKubeconfig(path: string, serverUrl?: string): Credentials {
  const config = parseFile(path);
  const context = named(config.contexts, textOf(config['current-context']), 'context');
  const { cluster: clusterName, user: userName } = context;
  const cluster = named(config.clusters, textOf(clusterName), 'cluster');
  const user = textOf(userName) === '' ? {} : named(config.users, textOf(userName), 'user');
  for (const way of ['exec', 'auth-provider']) {
    if (way in user) {
      throw new Error(`${path}: '${way}' is not supported: use a token, or a certificate`);
    }
  }
  if ('proxy-url' in cluster) throw new Error(`${path}: 'proxy-url' is not supported`);
  const url = serverUrl || textOf(cluster.server);
  if (!/^https?:\/\//.test(url)) throw new Error(`${path}: the cluster has no server`);
  const folder = dirname(path);
  return {
    url: url.replace(/\/+$/, ''),
    tls: unchanging(() => tlsFacts(cluster, user, folder)),
    authorization: () => authorization(user, folder),
  };
}

function parseFile(path: string): Fields {
  const text = readFileSync(path, 'utf8');
  let value: unknown;
  try {
    value = parse(text, { logLevel: 'error' });
  } catch {
    // What the parser says quotes the line, which may be a password.
    throw new Error(`${path} is not YAML`);
  }
  return fieldsOf(value);
}

function tlsFacts(cluster: Fields, user: Fields, folder: string): TlsFacts {
  const key = material(user, 'client-key', folder);
  return {
    ...optional('ca', material(cluster, 'certificate-authority', folder)),
    ...optional('cert', material(user, 'client-certificate', folder)),
    ...optional('key', key === undefined ? undefined : new Secret(key)),
    ...optional('serverName', textOf(cluster['tls-server-name']) || undefined),
    verify: cluster['insecure-skip-tls-verify'] === true ? 'skip' : 'always',
  };
}

/** In the file itself, or in one beside it. */
function material(fields: Fields, name: string, folder: string): string | undefined {
  const inline = textOf(fields[`${name}-data`]);
  if (inline !== '') return Buffer.from(inline, 'base64').toString('utf8');
  const path = textOf(fields[name]);
  return path === '' ? undefined : readFileSync(resolve(folder, path), 'utf8');
}

function authorization(user: Fields, folder: string): Secret | undefined {
  const file = textOf(user.tokenFile);
  if (file !== '') return bearer(readFileSync(resolve(folder, file), 'utf8'));
  const token = textOf(user.token);
  if (token !== '') return bearer(token);
  const name = textOf(user.username);
  if (name === '') return undefined;
  const pair = Buffer.from(`${name}:${textOf(user.password)}`).toString('base64');
  return new Secret(`Basic ${pair}`);
}

function named(list: unknown, name: string, kind: 'context' | 'cluster' | 'user'): Fields {
  const entries = Array.isArray(list) ? list.map(fieldsOf) : [];
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`the kubeconfig has no ${kind} '${name}'`);
  return fieldsOf(found[kind]);
}
