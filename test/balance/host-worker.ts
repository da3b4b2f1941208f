/** A thread inside the network namespace of one host: answers as a server, asks as a client. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { enterNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import type { HostAnswer, HostRequest, HostTask } from './host.ts';

const port = parentPort;
if (port === null) throw new Error('not a thread');
const { namespace } = workerData as { namespace: string };
const entered = enterNetworkNamespace(`/run/netns/${namespace}`);
if (entered !== undefined) throw new Error(entered.message);

/** Generous: nothing waits so long unless it fails. */
const LIMIT_MS = 3000;
const streams = new Map<number, Socket>();
const flows = new Map<number, DatagramSocket>();
const servers: { close(): void }[] = [];
let next = 1;

/** What a server says: its name, and who it takes the client for. */
function greeting(name: string, address: string | undefined): string {
  return `${name} ${address?.replace('::ffff:', '')}`;
}

const tasks: {
  [Kind in HostTask['kind']]: (
    task: Extract<HostTask, { kind: Kind }>,
    answer: (value: string) => void,
  ) => void;
} = {
  serve: ({ name, port: number }, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write(`${greeting(name, socket.remoteAddress)}\n`);
      socket.on('data', (data) => socket.write(`${name} ${data.toString()}`));
    });
    const datagrams = createSocket('udp6', (_, { address, port: from }) => {
      datagrams.send(greeting(name, address), from, address);
    });
    servers.push(server, datagrams);
    datagrams.bind(number);
    server.listen(number, () => answer('listening'));
  },
  ask: ({ address, port: number, source }, answer) => {
    const options = { host: address, port: number, ...source };
    const socket = connect(options);
    const end = (value: string): void => {
      socket.destroy();
      answer(value);
    };
    socket.setTimeout(LIMIT_MS, () => end('timeout'));
    socket.once('data', (data) => end(data.toString().trim()));
    socket.once('error', (error) => end((error as NodeJS.ErrnoException).code ?? 'error'));
    // Accepted, and ended without a word.
    socket.once('close', () => end('closed'));
  },
  'open-stream': ({ address, port: number }, answer) => {
    const socket = connect({ host: address, port: number });
    const id = next++;
    streams.set(id, socket);
    socket.on('error', () => {});
    socket.once('data', (data) => answer(`${id} ${data.toString().trim()}`));
    socket.once('close', () => answer(`${id} closed`));
  },
  talk: ({ stream }, answer) => {
    const socket = streams.get(stream);
    if (socket === undefined || socket.destroyed) return answer('closed');
    const onData = (data: Buffer): void => end(data.toString().trim());
    const onClose = (): void => end('closed');
    const timer = setTimeout(() => end('timeout'), LIMIT_MS);
    const end = (value: string): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      answer(value);
    };
    socket.once('data', onData).once('close', onClose);
    socket.write('hello\n');
  },
  'close-stream': ({ stream }, answer) => {
    streams.get(stream)?.destroy();
    streams.delete(stream);
    answer('closed');
  },
  datagram: ({ address, port: number, flow }, answer) => {
    let socket = flow === undefined ? undefined : flows.get(flow);
    socket ??= createSocket(address.includes(':') ? 'udp6' : 'udp4');
    if (flow !== undefined) flows.set(flow, socket);
    const own = socket;
    const timer = setTimeout(() => end('timeout'), LIMIT_MS / 3);
    const end = (value: string): void => {
      clearTimeout(timer);
      own.removeAllListeners('message').removeAllListeners('error');
      if (flow === undefined) own.close();
      answer(value);
    };
    own.once('message', (data) => end(data.toString()));
    own.once('error', (error) => end((error as NodeJS.ErrnoException).code ?? 'error'));
    own.send('hello', number, address);
  },
  end: (_, answer) => {
    for (const each of [...servers, ...flows.values()]) each.close();
    for (const each of streams.values()) each.destroy();
    answer('ended');
    port.close();
  },
};

port.on('message', ({ id, task }: HostRequest) => {
  let isAnswered = false;
  const run = tasks[task.kind] as (task: HostTask, answer: (value: string) => void) => void;
  run(task, (value) => {
    if (!isAnswered) port.postMessage({ id, value } satisfies HostAnswer);
    isAnswered = true;
  });
});
