/** An HTTPS server that answers as a test says: for what a real API server does only on its bad days. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Secret } from '../../src/base/secret.ts';
import { ApiClient } from '../../src/kubernetes/client/api-client.ts';
import { type Credentials, unchanging } from '../../src/kubernetes/client/credentials.ts';
import { testPath } from '../../tools/sweep.ts';

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface ScriptedServer {
  readonly url: string;
  readonly ca: string;
  /** Of files that clients use: ca.pem, client.pem, client.key, other.pem. */
  readonly folder: string;
  /** What is asked is kept until somebody waits for it. */
  next(): Promise<Asked>;
  client(parts?: Partial<Credentials>): ApiClient;
  close(): void;
}

/** Answers a list. */
export function answerList(
  asked: Asked,
  version: string,
  items: readonly object[],
  more = '',
): void {
  const metadata = { resourceVersion: version, ...(more !== '' && { continue: more }) };
  asked.response.end(JSON.stringify({ kind: 'List', metadata, items }));
}

export function answerStatus(
  asked: Asked,
  code: number,
  headers: Record<string, string> = {},
): void {
  asked.response.writeHead(code, headers);
  asked.response.end(JSON.stringify({ kind: 'Status', code, message: `status ${code}` }));
}

/** One line of a watch. */
export function say(asked: Asked, type: string, object: object): void {
  asked.response.write(`${JSON.stringify({ type, object })}\n`);
}

export function configMap(name: string, version: string, data: object = {}): object {
  return { metadata: { namespace: 'default', name, resourceVersion: version }, data };
}

export async function startScriptedServer(label: string): Promise<ScriptedServer> {
  const folder = testPath(`kube-${label}`);
  mkdirSync(folder, { recursive: true });
  for (const name of ['ca', 'client', 'other']) makeCertificate(folder, name);
  const ca = readFileSync(join(folder, 'ca.pem'), 'utf8');
  const asked: Asked[] = [];
  let waiting: ((one: Asked) => void) | undefined;
  const server = createServer(
    {
      key: readFileSync(join(folder, 'ca.key')),
      cert: ca,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'https://x');
      response.on('error', () => {});
      const one = { path, query, request, response };
      if (waiting === undefined) asked.push(one);
      else waiting(one);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tls = unchanging(() => ({ ca, verify: 'always' }));
  const clients: ApiClient[] = [];
  return {
    url,
    ca,
    folder,
    next: () => {
      const first = asked.shift();
      if (first !== undefined) return Promise.resolve(first);
      return new Promise((resolve) => {
        waiting = (one) => {
          waiting = undefined;
          resolve(one);
        };
      });
    },
    client: (parts = {}) => {
      const authorization = (): Secret => new Secret('Bearer token-of-a-test');
      const client = new ApiClient({ url, tls, authorization, ...parts }, 'test');
      clients.push(client);
      return client;
    },
    close: () => {
      for (const client of clients) client.close();
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function clientName({ request }: Asked): string | undefined {
  const name = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}

function makeCertificate(folder: string, name: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...subject], { stdio: 'ignore' });
}
