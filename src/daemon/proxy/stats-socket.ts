/** The stats socket: one line, one answer, an empty line. */
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { LineSplitter } from '../../base/line-splitter.ts';
import type { StatsSocket } from '../../config/model/proxy.ts';
import type { SocketSession } from '../../core/proxy/stats/socket/command.ts';
import { runCommand, splitLine } from '../../core/proxy/stats/socket/commands.ts';
import { findIdentity } from '../../linux/accounts.ts';
import { momentOf } from './moment.ts';
import { obeyOrder } from './obey-order.ts';
import { sessionList } from './session-list.ts';
import type { ProxyWorker } from './worker.ts';

const LINE_CHARACTERS_MAX = 16_384;
const PROMPT = '\n> ';

/** Opens all sockets of the configuration; texts of what failed. */
export async function openStatsSockets(worker: ProxyWorker): Promise<{
  readonly failures: readonly string[];
  close(): void;
}> {
  const servers: Server[] = [];
  const failures: string[] = [];
  for (const socket of worker.live.config.global.statsSockets) {
    const server = createServer((client) => serve(worker, socket, client));
    try {
      await listen(server, socket);
      servers.push(server);
    } catch (error) {
      failures.push(`cannot open the stats socket: ${(error as Error).message}`);
    }
  }
  return {
    failures,
    close: () => {
      for (const server of servers) server.close();
    },
  };
}

async function listen(server: Server, { address, mode, user, group }: StatsSocket): Promise<void> {
  const path = address.kind === 'unix' ? address.path : undefined;
  if (path !== undefined && lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true)
    unlinkSync(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenOptions(address), resolve);
  });
  // Whoever comes too fast, or goes away at once, is none of our business.
  server.on('error', () => {});
  if (path === undefined) return;
  const identity = findIdentity(user, group);
  if (identity.ok && (identity.value.uid ?? identity.value.gid) !== undefined)
    chownSync(path, identity.value.uid ?? -1, identity.value.gid ?? -1);
  if (mode !== undefined) chmodSync(path, mode);
}

function listenOptions(address: StatsSocket['address']): ListenOptions & { fd?: number } {
  switch (address.kind) {
    case 'ip':
      return { host: address.ip, port: address.port };
    case 'descriptor':
      return { fd: address.fd };
    case 'abstract':
      return { path: `\0${address.path}` };
    case 'unix':
      return { path: address.path };
  }
}

function serve(worker: ProxyWorker, { level }: StatsSocket, client: Socket): void {
  let session: SocketSession = { level, mode: 'once' };
  const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
  const { statsTimeout } = worker.live.config.global;
  client.setEncoding('latin1');
  client.setTimeout(statsTimeout / 1000, () => client.destroy());
  client.on('error', () => client.destroy());
  const answerLine = (line: string): void => {
    for (const words of splitLine(line)) {
      const answer = runCommand(words, {
        ...momentOf(worker),
        session,
        sessions: sessionList(worker),
      });
      for (const order of answer.orders) {
        if (order.kind === 'clientTimeout') client.setTimeout(order.timeout / 1000);
        else obeyOrder(worker, order);
      }
      if (answer.session !== undefined) session = answer.session;
      if (answer.closes === 'now') {
        client.end(answer.text, 'latin1');
        return;
      }
      client.write(`${answer.text}\n`, 'latin1');
    }
    if (session.mode === 'interactive') client.write(PROMPT.slice(1));
    else client.end();
  };
  client.on('data', (text: string) => {
    for (const line of splitter.push(text)) if (!client.writableEnded) answerLine(line);
  });
}
