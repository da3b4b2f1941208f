/** How to reach the API server, and as whom. Files are read again as they change: tokens and certificates expire. */
import { readFileSync } from 'node:fs';
import { Secret } from '../../base/secret.ts';

export interface TlsFacts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  /** `skip` only where a kubeconfig asks for it. */
  readonly verify: 'always' | 'skip';
}

export interface Credentials {
  /** Without a slash at its end. */
  readonly url: string;
  /** What a new connection needs; the same object as long as it is the same. */
  tls(): TlsFacts;
  /** The value of the Authorization header. Throws where a file is gone. */
  authorization(): Secret | undefined;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Of a pod. Throws where this is none. */
export function inClusterCredentials(
  env: NodeJS.ProcessEnv,
  folder = SERVICE_ACCOUNT,
): Credentials {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  if (host === '' || port === '') {
    throw new Error(
      'this is no pod (KUBERNETES_SERVICE_HOST is not set): give --kubeconfig or --apiserver-host',
    );
  }
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    url,
    tls: unchanging(() => ({ ca: readFileSync(`${folder}/ca.crt`, 'utf8'), verify: 'always' })),
    authorization: () => bearer(readFileSync(`${folder}/token`, 'utf8')),
  };
}

/** `--apiserver-host`: as nobody, say by way of `kubectl proxy`; or as the pod, where this is one. */
export function plainCredentials(url: string, folder = SERVICE_ACCOUNT): Credentials {
  const { protocol } = new URL(url);
  const isOpen = protocol === 'http:';
  return {
    url: url.replace(/\/+$/, ''),
    tls: unchanging(() => ({ ...optional('ca', tryRead(`${folder}/ca.crt`)), verify: 'always' })),
    // Never in clear text.
    authorization: () => (isOpen ? undefined : bearer(tryRead(`${folder}/token`) ?? '')),
  };
}

export function bearer(token: string): Secret | undefined {
  const text = token.trim();
  return text === '' ? undefined : new Secret(`Bearer ${text}`);
}

/** Reads anew each time, and gives the object of before where nothing has changed. */
export function unchanging(read: () => TlsFacts): () => TlsFacts {
  let last: { facts: TlsFacts; text: string } | undefined;
  return () => {
    const facts = read();
    const text = JSON.stringify([facts, facts.key?.reveal()]);
    if (last?.text !== text) last = { facts, text };
    return last.facts;
  };
}

export function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value };
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
