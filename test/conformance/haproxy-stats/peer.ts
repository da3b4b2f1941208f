/** A haproxy that listens on Unix sockets only, so that nothing of the host is used. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createMemoryFiles } from '../../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../../src/config/haproxy/index.ts';
import type { ProxyConfig } from '../../../src/config/model/proxy.ts';
import { testPath } from '../../../tools/sweep.ts';

export const HAPROXY = '/usr/sbin/haproxy';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export class Peer {
  readonly folder: string;
  readonly config: ProxyConfig;
  readonly #child: ChildProcess;
  #said = '';

  /** `@` in the configuration stands for the folder of its sockets. */
  constructor(name: string, text: string) {
    this.folder = testPath(`hs-${name}`);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    const whole = text.replaceAll('@/', `${this.folder}/`);
    const file = join(this.folder, 'haproxy.cfg');
    writeFileSync(file, whole);
    this.config = readHaproxy({
      paths: ['haproxy.cfg'],
      files: createMemoryFiles({ 'haproxy.cfg': whole }),
    }).config;
    this.#child = spawn(HAPROXY, ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('latin1').on('data', (chunk: string) => {
        this.#said += chunk;
      });
  }

  /** What it wrote so far. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Asks until it is so. */
  async until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (this.#child.exitCode !== null) break;
      if (await Promise.resolve(isSo()).catch(() => false)) return;
      await pause(50);
    }
    throw new Error(`haproxy: not ${what}\n${this.#said}`);
  }

  /** Bytes to one of its sockets, and all that comes back. */
  exchange(socket: string, bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const stream = connect(join(this.folder, socket), () => stream.write(bytes, 'latin1'));
      stream
        .setEncoding('latin1')
        .on('data', (chunk: string) => {
          answer += chunk;
        })
        .on('error', reject)
        .on('close', () => resolve(answer));
    });
  }

  ask(command: string, socket = 'admin.sock'): Promise<string> {
    return this.exchange(socket, `${command}\n`);
  }

  http(
    socket: string,
    path: string,
    options: { readonly method?: string; readonly body?: string } = {},
  ): Promise<HttpAnswer> {
    const { method = 'GET', body } = options;
    return new Promise((resolve, reject) => {
      const sent = request(
        { socketPath: join(this.folder, socket), path, method, agent: false },
        (response) => {
          let text = '';
          response
            .setEncoding('utf8')
            .on('data', (chunk: string) => {
              text += chunk;
            })
            .on('end', () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
            );
        },
      );
      sent.on('error', reject);
      if (body !== undefined) {
        sent.setHeader('content-type', 'application/x-www-form-urlencoded');
        sent.setHeader('content-length', body.length);
      }
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
