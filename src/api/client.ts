/** Talks to a daemon over its control socket, for the commands and the control child. */
import { readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type ParsedAnswer, parseAnswer } from './parse-answer.ts';
import type { AnswerError, EventsResult, Operation, Request, Results } from './protocol.ts';

/** A daemon that says nothing for so long hangs. */
export const ANSWER_LIMIT_MS = 2000;
/** Of servers: a host may have a million connections to count, and somebody else may have asked just now. */
export const FIGURES_LIMIT_MS = 10_000;
/** What an operator waits for: a hand-over, a reload of a large file. */
export const CHANGE_LIMIT_MS = 30_000;
const RETRY_MS = 50;
/** More than any daemon answers with; it may be another program that listens there. */
const ANSWER_CHARACTERS_MAX = 64 << 20;

export type ControlErrorCode =
  | AnswerError['code']
  /** Nobody listens there. */
  | 'no-daemon'
  /** The file's owner, group and mode keep us out. */
  | 'not-permitted'
  /** Somebody listens, and does not answer. */
  | 'silent'
  /** The connection ended before the answer was there. */
  | 'gone';

export class ControlError extends Error {
  readonly code: ControlErrorCode;
  readonly diagnostics: AnswerError['diagnostics'];

  constructor(code: ControlErrorCode, message: string, diagnostics?: AnswerError['diagnostics']) {
    super(message);
    this.name = 'ControlError';
    this.code = code;
    this.diagnostics = diagnostics;
  }
}

interface Waiting {
  resolve(answer: ParsedAnswer): void;
  reject(error: ControlError): void;
}

export class ControlClient {
  readonly path: string;
  readonly #socket: Socket;
  /** In the order of their requests; the daemon answers in it. */
  readonly #waiting: Waiting[] = [];
  #onFollowed: Waiting | undefined;
  #input = '';
  #error: ControlError | undefined;

  constructor(path: string, socket: Socket) {
    this.path = path;
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => this.#fail('gone', `${path}: ${error.message}`));
    socket.on('close', () => this.#fail('gone', `${path}: the daemon has closed the connection`));
  }

  /** One request after the other; rejects with a ControlError only. */
  ask<Op extends Operation>(
    request: Extract<Request, { op: Op }>,
    limitMs = ANSWER_LIMIT_MS,
  ): Promise<Results[Op]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#beSilent(limitMs), limitMs);
      this.#send(request, {
        resolve: (answer) => {
          clearTimeout(timer);
          if (answer.ok) resolve(answer.result as Results[Op]);
          else reject(errorOf(answer.error));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  /** Events as they come, from those that are kept on; rejects when the connection ends. */
  follow(
    request: Omit<Extract<Request, { op: 'events' }>, 'op' | 'follow'>,
    onPage: (page: EventsResult) => void,
  ): Promise<never> {
    return new Promise((_resolve, reject) => {
      const timer = setTimeout(() => this.#beSilent(ANSWER_LIMIT_MS), ANSWER_LIMIT_MS);
      const waiting: Waiting = {
        resolve: (answer) => {
          clearTimeout(timer);
          this.#onFollowed = waiting;
          if (answer.ok) onPage(answer.result as EventsResult);
          else reject(errorOf(answer.error));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#send({ ...request, op: 'events', follow: true }, waiting);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(request: Request, waiting: Waiting): void {
    if (this.#error !== undefined) {
      waiting.reject(this.#error);
      return;
    }
    this.#waiting.push(waiting);
    this.#socket.write(`${JSON.stringify(request)}\n`);
  }

  #beSilent(limitMs: number): void {
    this.#fail('silent', `${this.path}: no answer within ${limitMs / 1000} s`);
    this.close();
  }

  #take(text: string): void {
    const lines = (this.#input + text).split('\n');
    this.#input = lines.pop() ?? '';
    for (const line of lines) {
      const answer = parseAnswer(line);
      if (answer === undefined) this.#fail('gone', `${this.path}: no holdfast answers there`);
      else (this.#waiting.shift() ?? this.#onFollowed)?.resolve(answer);
    }
    if (this.#input.length > ANSWER_CHARACTERS_MAX) this.close();
  }

  #fail(code: ControlErrorCode, message: string): void {
    this.#error ??= new ControlError(code, message);
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#error);
    this.#onFollowed?.reject(this.#error);
    this.#onFollowed = undefined;
  }
}

/** Rejects with a ControlError that says why there is no connection. */
export async function connectControl(path: string): Promise<ControlClient> {
  const deadline = performance.now() + ANSWER_LIMIT_MS;
  for (;;) {
    try {
      return new ControlClient(path, await open(path));
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      // Too many others are connecting just now, or nobody accepts them.
      if (code !== 'EAGAIN') throw connectionError(path, code, message);
      if (performance.now() > deadline) {
        throw new ControlError('silent', `${path}: nobody accepts the connection`);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function connectionError(path: string, code: string, message: string): ControlError {
  switch (code) {
    case 'ENOENT':
      return new ControlError('no-daemon', `no daemon answers on ${path}: there is no such socket`);
    case 'ECONNREFUSED':
      return new ControlError(
        'no-daemon',
        `no daemon answers on ${path}: the one that made it has ended`,
      );
    case 'EACCES':
    case 'EPERM':
      return new ControlError('not-permitted', `${path}: permission denied; ${whoMay(path)}`);
    default:
      return new ControlError('no-daemon', `no daemon answers on ${path}: ${message}`);
  }
}

function whoMay(path: string): string {
  try {
    const { gid } = statSync(path);
    if (gid === 0) return 'only root may use it (@holdfast control_group lets a group in)';
    const rows = readFileSync('/etc/group', 'utf8').split('\n');
    const name = rows.find((row) => row.split(':')[2] === String(gid))?.split(':')[0];
    return `only root and the members of group ${name ?? gid} may use it`;
  } catch {
    return 'only root may use it';
  }
}

function errorOf({ code, message, diagnostics }: AnswerError): ControlError {
  return new ControlError(code, message, diagnostics);
}
