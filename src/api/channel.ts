/**
 * Questions and answers over a connection that both ends share for as long as they live: many may be
 * under way, told apart by their ids.
 */
import type { Duplex } from 'node:stream';
import { parseAnswer } from './parse-answer.ts';
import type { AnswerError, EventsResult, ReadRequest, Results } from './protocol.ts';

/** Longer than any answer: thousands of addresses take some hundred kilobytes. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** The VRRP process has not answered, or says no. */
export class AskError extends Error {
  readonly code: AnswerError['code'] | 'no-answer';

  constructor(code: AskError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface AskOptions {
  readonly timeoutMs: number;
}

interface Pending {
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: AskError) => void;
}

export class Channel {
  readonly #stream: Duplex;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #unread: string[] = [];
  #unreadLength = 0;

  /** `onEnd` runs once the other end is gone, or says what is no answer. */
  constructor(stream: Duplex, onEnd: () => void) {
    this.#stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#read(text));
    stream.on('error', () => stream.destroy());
    stream.on('end', () => stream.destroy());
    stream.on('close', () => {
      for (const { fail } of this.#pending.values()) {
        fail(new AskError('no-answer', 'the VRRP process has ended'));
      }
      this.#pending.clear();
      onEnd();
    });
  }

  ask<Op extends ReadRequest['op']>(
    request: Extract<ReadRequest, { op: Op }>,
    { timeoutMs }: AskOptions,
  ): Promise<Results[Op]> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new AskError('no-answer', `no answer within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#send(id, request, {
        settle: (result) => {
          clearTimeout(timer);
          this.#pending.delete(id);
          resolve(result as Results[Op]);
        },
        fail: (error) => {
          clearTimeout(timer);
          this.#pending.delete(id);
          reject(error);
        },
      });
    });
  }

  /** Events after number `since` as they come, for as long as the connection lasts. */
  follow(
    since: number,
    onEvents: (result: EventsResult) => void,
    onFailure: (error: AskError) => void,
  ): void {
    const id = this.#nextId++;
    this.#send(
      id,
      { op: 'events', since, follow: true },
      {
        settle: (result) => onEvents(result as EventsResult),
        fail: (error) => {
          this.#pending.delete(id);
          onFailure(error);
        },
      },
    );
  }

  #send(id: number, request: ReadRequest, pending: Pending): void {
    if (this.#stream.destroyed) {
      pending.fail(new AskError('no-answer', 'the VRRP process has ended'));
      return;
    }
    this.#pending.set(id, pending);
    this.#stream.write(`${JSON.stringify({ ...request, id })}\n`);
  }

  #read(text: string): void {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#unread.push(line);
      const whole = this.#unread.join('');
      this.#unread = [];
      this.#unreadLength = 0;
      this.#take(whole);
    }
    if (rest === '') return;
    this.#unread.push(rest);
    this.#unreadLength += rest.length;
    if (this.#unreadLength > ANSWER_BYTES_MAX) this.#stream.destroy();
  }

  #take(line: string): void {
    const answer = parseAnswer(line);
    if (answer === undefined) {
      this.#stream.destroy();
      return;
    }
    const pending = typeof answer.id === 'number' ? this.#pending.get(answer.id) : undefined;
    // One that nobody waits for any more: its time was up.
    if (pending === undefined) return;
    if (answer.ok) pending.settle(answer.result);
    else pending.fail(new AskError(answer.error.code, answer.error.message));
  }
}
