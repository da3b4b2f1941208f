import { Worker } from 'node:worker_threads';
import type { IpAddress } from '../../src/base/ip.ts';

export type HostTask =
  | { readonly kind: 'serve'; readonly name: string; readonly port: number }
  | {
      readonly kind: 'ask';
      readonly address: IpAddress;
      readonly port: number;
      readonly source?: { readonly localAddress?: IpAddress; readonly localPort?: number };
    }
  | { readonly kind: 'open-stream'; readonly address: IpAddress; readonly port: number }
  | { readonly kind: 'talk' | 'close-stream'; readonly stream: number }
  | {
      readonly kind: 'datagram';
      readonly address: IpAddress;
      readonly port: number;
      /** The same socket for the same number. */
      readonly flow?: number;
    }
  | { readonly kind: 'end' };

export interface HostRequest {
  readonly id: number;
  readonly task: HostTask;
}

export interface HostAnswer {
  readonly id: number;
  readonly value: string;
}

/** A connection that stays open. */
export interface Stream {
  /** The server that it was made to; `closed` where there is none. */
  readonly server: string;
  /** The server that answers now, `closed`, or `timeout`. */
  talk(): Promise<string>;
  close(): Promise<void>;
}

/** Programs of one host, in its network namespace. */
export interface Host {
  /** Answers TCP and UDP on the port with its name and the client's address. */
  serve(name: string, port: number): Promise<void>;
  /** Makes a connection, reads who is there, and closes it: `NAME CLIENT`, or an error's code. */
  ask(
    address: IpAddress,
    port: number,
    source?: { readonly localAddress?: IpAddress; readonly localPort?: number },
  ): Promise<string>;
  /** The names of those who answer `count` connections, one after the other. */
  askMany(address: IpAddress, port: number, count: number): Promise<readonly string[]>;
  open(address: IpAddress, port: number): Promise<Stream>;
  datagram(address: IpAddress, port: number, flow?: number): Promise<string>;
  close(): Promise<void>;
}

/** A connection that nobody answers is given up by the kernel after two minutes. */
const ANSWER_LIMIT_MS = 180_000;

/** A thread does not have the loader of its parent. */
const BOOT = `
  const { workerData } = require('node:worker_threads');
  void import(workerData.loader).then(({ register }) => {
    register();
    return import(workerData.file);
  });`;
/** As in the virtual machine (tools/vm-tests.ts): no loader is needed. */
const IS_BUNDLED = import.meta.url.endsWith('.mjs');

export function startHost(namespace: string): Host {
  const worker = startWorker(namespace);
  const waiting = new Map<number, { resolve(value: string): void; reject(error: Error): void }>();
  let next = 1;
  worker.on('message', ({ id, value }: HostAnswer) => {
    waiting.get(id)?.resolve(value);
  });
  worker.on('error', (error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  const run = (task: HostTask): Promise<string> =>
    new Promise((resolve, reject) => {
      const id = next++;
      const timer = setTimeout(
        () => reject(new Error(`${namespace}: no answer to ${JSON.stringify(task)}`)),
        ANSWER_LIMIT_MS,
      );
      const ended = (): void => {
        clearTimeout(timer);
        waiting.delete(id);
      };
      waiting.set(id, {
        resolve: (value) => {
          ended();
          resolve(value);
        },
        reject: (error) => {
          ended();
          reject(error);
        },
      });
      worker.postMessage({ id, task } satisfies HostRequest);
    });
  const ask: Host['ask'] = (address, port, source) =>
    run({ kind: 'ask', address, port, ...(source !== undefined && { source }) });
  return {
    serve: async (name, port) => void (await run({ kind: 'serve', name, port })),
    ask,
    askMany: async (address, port, count) => {
      const names: string[] = [];
      for (let round = 0; round < count; round++) names.push(nameIn(await ask(address, port)));
      return names;
    },
    open: async (address, port) => {
      const [id, server = ''] = (await run({ kind: 'open-stream', address, port })).split(' ');
      const stream = Number(id);
      return {
        server,
        talk: async () => nameIn(await run({ kind: 'talk', stream })),
        close: async () => void (await run({ kind: 'close-stream', stream })),
      };
    },
    datagram: (address, port, flow) =>
      run({ kind: 'datagram', address, port, ...(flow !== undefined && { flow }) }),
    close: async () => {
      await run({ kind: 'end' });
      await worker.terminate();
    },
  };
}

function startWorker(namespace: string): Worker {
  if (IS_BUNDLED) {
    return new Worker(new URL('./host-worker.mjs', import.meta.url), { workerData: { namespace } });
  }
  const file = new URL('./host-worker.ts', import.meta.url).href;
  const loader = import.meta.resolve('tsx/esm/api');
  return new Worker(BOOT, { eval: true, workerData: { namespace, file, loader } });
}

export function nameIn(answer: string): string {
  return answer.split(' ')[0] ?? '';
}
