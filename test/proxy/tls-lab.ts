/** A proxy in this process, with certificates made for it and servers behind it. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { readHaproxyFiles } from '../../src/daemon/haproxy-host.ts';
import { type RunningProxy, startProxy } from '../../src/daemon/proxy/process.ts';
import { testPath } from '../../tools/sweep.ts';

export class TlsLab {
  readonly folder: string;
  readonly #servers: Server[] = [];
  readonly #log = createSocket('udp4');
  #proxy: RunningProxy | undefined;
  /** What was logged, without what stands before it. */
  readonly lines: string[] = [];

  constructor(name: string) {
    this.folder = testPath(name);
    mkdirSync(this.folder, { recursive: true });
    this.#log.on('message', (bytes) =>
      this.lines.push(
        bytes
          .toString()
          .replace(/^.*?\]: /s, '')
          .trimEnd(),
      ),
    );
  }

  /** NAME.crt and NAME.key, and NAME.pem that holds both; signed by itself. */
  certify(name: string, ...hosts: readonly string[]): void {
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.crt`)];
    const names = hosts.map((host) => `DNS:${host}`).join(',');
    const subject = ['-subj', `/CN=${hosts[0]}`, '-addext', `subjectAltName=${names}`];
    execFileSync('openssl', ['req', '-x509', ...options, ...files, ...subject], { stdio: 'pipe' });
    writeFileSync(this.path(`${name}.pem`), this.read(`${name}.crt`) + this.read(`${name}.key`));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** The port at which it listens. */
  async serve(server: Server): Promise<number> {
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async logPort(): Promise<number> {
    this.#log.bind(0, '127.0.0.1');
    await once(this.#log, 'listening');
    return this.#log.address().port;
  }

  /** Or what keeps it from starting. */
  async start(text: string): Promise<RunningProxy | readonly unknown[]> {
    writeFileSync(this.path('haproxy.cfg'), text);
    const { config, diagnostics } = readHaproxyFiles([this.path('haproxy.cfg')]);
    const grave = diagnostics.filter(({ severity }) => severity !== 'warning');
    if (grave.length > 0) throw new Error(grave.map(({ message }) => message).join('\n'));
    const proxy = await startProxy(config);
    if ('worker' in proxy) this.#proxy = proxy;
    return proxy;
  }

  /** A line that was logged, or will be. */
  async logged(pattern: RegExp): Promise<string> {
    for (;;) {
      const index = this.lines.findIndex((line) => pattern.test(line));
      if (index >= 0) return this.lines.splice(0, index + 1)[index] ?? '';
      await once(this.#log, 'message');
    }
  }

  close(): void {
    this.#proxy?.close();
    this.#log.close();
    for (const server of this.#servers) server.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** Some that nobody listens to; others may take them meanwhile, which is unlikely. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

export async function connectTls(
  port: number,
  options: ConnectionOptions & { readonly allowHalfOpen?: boolean } = {},
): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything until the other end ends. */
export async function readAll(socket: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  return Buffer.concat(parts).toString();
}
