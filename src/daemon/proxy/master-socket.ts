/** The socket of the master (`-S`): `show proc`, `reload`, and commands for workers. */
import type { Socket } from 'node:net';
import { LineSplitter } from '../../base/line-splitter.ts';
import { createMemoryFiles } from '../../config/haproxy/files.ts';
import { readHaproxy } from '../../config/haproxy/index.ts';
import type { StatsSocket } from '../../config/model/proxy.ts';
import type { Level } from '../../core/proxy/stats/socket/command.ts';
import {
  answerMaster,
  type MasterView,
  splitCommands,
} from '../../core/proxy/stats/socket/master-commands.ts';
import { openCommandSocket } from './command-sockets.ts';
import { WORKER_GONE, type WorkerLine } from './worker-line.ts';

const LINE_CHARACTERS_MAX = 16_384;

export interface MasterHands {
  view(): MasterView;
  /** To a worker that is there. */
  lineOf(pid: number): WorkerLine | undefined;
  reload(): void;
}

/** `-S`: an address as of `stats socket`, with its options behind commas. A text: what is wrong with it. */
export function readMasterSocket(text: string): StatsSocket | string {
  const line = `stats socket ${text.split(',').join(' ')}`;
  const files = createMemoryFiles({
    '-S': `global\n${/ level /.test(line) ? line : `${line} level admin`}\n`,
  });
  const { config, diagnostics } = readHaproxy({ paths: ['-S'], files, environment: process.env });
  const [wrong] = diagnostics.filter(({ severity }) => severity === 'error');
  const [socket] = config.global.statsSockets;
  return wrong?.message ?? socket ?? 'no address';
}

/** Throws where it cannot listen. */
export function openMasterSocket(
  socket: StatsSocket,
  hands: MasterHands,
): Promise<{ close(): void }> {
  return openCommandSocket(socket, (client) => new MasterClient(client, socket.level, hands));
}

/** As with HAProxy, one that is not done stays connected. */
class MasterClient {
  readonly #client: Socket;
  readonly #hands: MasterHands;
  #level: Level;
  #mode: 'silent' | 'prompt' = 'silent';
  #target: number | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(client: Socket, level: Level, hands: MasterHands) {
    this.#client = client;
    this.#level = level;
    this.#hands = hands;
    const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
    client.on('error', () => client.destroy());
    client.setEncoding('latin1').on('data', (text: string) => {
      for (const line of splitter.push(text)) this.#inTurn(() => this.#take(line));
    });
    client.on('end', () => this.#inTurn(async () => void client.end()));
  }

  #inTurn(action: () => Promise<void>): void {
    this.#last = this.#last.then(action);
  }

  async #take(line: string): Promise<void> {
    for (const command of splitCommands(line)) {
      const text = await this.#carryOut(command);
      if (text === undefined) {
        this.#client.end();
        return;
      }
      this.#say(text);
    }
    if (this.#mode === 'prompt') this.#say(`${this.#target ?? 'master'}> `);
  }

  #say(text: string): void {
    if (this.#client.writable) this.#client.write(text, 'latin1');
  }

  /** With the empty line at its end. */
  async #ask(pid: number, line: string): Promise<string> {
    return this.#hands.lineOf(pid)?.ask(line, this.#level) ?? WORKER_GONE;
  }

  /** Undefined: it is over. */
  async #carryOut(command: string): Promise<string | undefined> {
    const isAimed = this.#target !== undefined && !/^(?:@|prompt$|quit$)/.test(command);
    if (isAimed) return this.#ask(this.#target ?? 0, command);
    const answer = answerMaster(command, this.#hands.view(), this.#level);
    switch (answer.kind) {
      case 'say':
        return `${answer.text}\n`;
      case 'pass-on':
        return this.#ask(answer.pid, answer.line);
      case 'aim':
        this.#target = answer.pid;
        return '\n';
      case 'level':
        this.#level = answer.level;
        return '\n';
      case 'prompt':
        this.#mode = this.#mode === 'prompt' ? 'silent' : 'prompt';
        return '';
      case 'reload':
        this.#hands.reload();
        return undefined;
      case 'quit':
        return undefined;
    }
  }
}
