/** What clients and servers of a case do, one step after the other. */
import type { Wire } from './wire.ts';

export type Step = (wire: Wire) => Promise<void> | void;

export const say =
  (text: string | Buffer): Step =>
  (wire) =>
    wire.say(text);

/** Waits for a text, or for so many bytes. */
export const hear =
  (what: string | number): Step =>
  (wire) =>
    wire.hear(what);

export const pause = (ms: number): Step => {
  return () => new Promise((resolve) => setTimeout(resolve, ms));
};

/** Nothing more is said; what comes is still heard. */
export const finish: Step = (wire) => void wire.socket.end();

export const reset: Step = (wire) =>
  new Promise((resolve) => {
    if (wire.socket.destroyed) resolve();
    wire.socket.once('close', () => resolve());
    wire.leave('reset');
  });

/** Waits for the other side's end. */
export const gone: Step = (wire) => wire.gone();

/** It is still open after this time: nobody waits for its end. */
export const remains =
  (ms: number): Step =>
  async (wire) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    wire.leave('close');
  };

export const leave: Step = (wire) => wire.leave('close');

export const deaf: Step = (wire) => void wire.socket.pause();
export const listenAgain: Step = (wire) => void wire.socket.resume();

/** A response for each head of a request that comes, until the other side ends. */
export const answering = (...responses: readonly string[]): Step => {
  return async (wire) => {
    for (let count = 0; !wire.isGone; count++) {
      await wire.hear('\r\n\r\n');
      if (wire.isGone || wire.missed !== undefined) break;
      await wire.say(responses[Math.min(count, responses.length - 1)] ?? '');
    }
    wire.missed = undefined;
  };
};

export const response = (body: string, ...headers: readonly string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n');

export const request = (target = '/', ...headers: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: example.org', ...headers, '', ''].join('\r\n');

/** Says its name to whoever connects, and ends. */
export const greeter = (name: string): readonly Step[] => [say(`${name}\n`), finish, gone];

/** Answers each request with its name. */
export const web = (name: string): readonly Step[] => [answering(response(name)), finish];

export const echo: readonly Step[] = [
  (wire) =>
    new Promise((resolve) => {
      wire.socket.on('data', (bytes) => wire.socket.write(bytes));
      wire.socket.on('end', () => {
        wire.socket.end();
        resolve();
      });
      wire.socket.on('close', () => resolve());
    }),
];
