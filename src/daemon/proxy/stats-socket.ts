/** The stats socket: one line, one answer, an empty line. */
import { chmodSync, chownSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
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
  const closers: (() => void)[] = [];
  const failures: string[] = [];
  for (const socket of worker.live.config.global.statsSockets) {
    const server = createServer({ allowHalfOpen: true }, (client) => serve(worker, socket, client));
    try {
      const { address } = socket;
      if (address.kind === 'unix') closers.push(await listenAtPath(server, address.path, socket));
      else await listen(server, listenOptions(address));
      closers.push(() => server.close());
    } catch (error) {
      failures.push(`cannot open the stats socket: ${(error as Error).message}`);
    }
  }
  return {
    failures,
    close: () => {
      for (const close of closers) close();
    },
  };
}

/**
 * The socket gets its rights under another name, and then its own, in place of a predecessor's: Node removes
 * the name that it was made under, and the predecessor that ends later must not take ours.
 */
async function listenAtPath(
  server: Server,
  path: string,
  { mode, user, group }: StatsSocket,
): Promise<() => void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await listen(server, { path: temporary });
  const identity = findIdentity(user, group);
  if (identity.ok && (identity.value.uid ?? identity.value.gid) !== undefined)
    chownSync(temporary, identity.value.uid ?? -1, identity.value.gid ?? -1);
  if (mode !== undefined) chmodSync(temporary, mode);
  const { ino } = lstatSync(temporary);
  renameSync(temporary, path);
  return () => {
    // In a chroot there is no such path, and without rights nothing can be removed.
    try {
      if (lstatSync(path).ino === ino) unlinkSync(path);
    } catch {
      return;
    }
  };
}

async function listen(server: Server, options: ListenOptions & { fd?: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, resolve);
  });
  // Whoever comes too fast, or goes away at once, is none of our business.
  server.on('error', () => {});
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
  // One line after the other, each with what all processes have counted by then.
  let last: Promise<void> | undefined;
  const inTurn = (action: () => void): void => {
    const isAlone = worker.team === undefined && worker.offload === undefined;
    if (isAlone && last === undefined) action();
    else last = (last ?? Promise.resolve()).then(() => worker.ask()).then(action);
  };
  client.on('data', (text: string) => {
    for (const line of splitter.push(text))
      inTurn(() => {
        if (client.writable) answerLine(line);
      });
  });
  client.on('end', () => inTurn(() => client.end()));
}
