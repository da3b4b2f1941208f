/** The line between a master and its worker: commands of the master's socket, and answers. JSON, a line each. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LineSplitter } from '../../base/line-splitter.ts';
import type { Level } from '../../core/proxy/stats/socket/command.ts';
import { answerLine } from './answer-line.ts';
import type { ProxyWorker } from './worker.ts';

/** The longest that is answered is `show stat` of very many servers. */
const LINE_CHARACTERS_MAX = 256 << 20;

interface Question {
  readonly number: number;
  readonly line: string;
  readonly level: Level;
}

interface Answer {
  readonly number: number;
  readonly text: string;
}

/** The worker's end. */
export function answerMasterAt(fd: number, worker: ProxyWorker): void {
  const socket = new Socket({ fd, readable: true, writable: true });
  socket.on('error', () => {});
  socket.unref();
  const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
  socket.setEncoding('utf8').on('data', (text: string) => {
    for (const line of splitter.push(text)) void reply(JSON.parse(line));
  });
  const reply = async ({ number, line, level }: Question): Promise<void> => {
    await worker.team?.ask();
    const { text } = answerLine(worker, { level, mode: 'once' }, line);
    const answer: Answer = { number, text };
    socket.write(`${JSON.stringify(answer)}\n`);
  };
}

/** The master's end. */
export class WorkerLine {
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, (text: string) => void>();
  #count = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
    const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
    stream.setEncoding('utf8');
    stream.on('error', () => {});
    stream.on('data', (text: string) => {
      for (const line of splitter.push(text)) {
        const { number, text: said }: Answer = JSON.parse(line);
        this.#waiting.get(number)?.(said);
        this.#waiting.delete(number);
      }
    });
    stream.on('close', () => {
      for (const resolve of this.#waiting.values()) resolve(WORKER_GONE);
      this.#waiting.clear();
    });
  }

  ask(line: string, level: Level): Promise<string> {
    if (this.#stream.destroyed) return Promise.resolve(WORKER_GONE);
    this.#count += 1;
    const question: Question = { number: this.#count, line, level };
    this.#stream.write(`${JSON.stringify(question)}\n`);
    return new Promise((resolve) => this.#waiting.set(question.number, resolve));
  }
}

export const WORKER_GONE = 'The worker has ended.\n\n';
