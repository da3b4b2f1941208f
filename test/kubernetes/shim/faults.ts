/** What an API server does on its bad days, on order. */
import type { ServerResponse } from 'node:http';

export interface Fault {
  /** Of `METHOD PATH?QUERY`, a regular expression. */
  readonly match: string;
  readonly answer: 'status' | 'silence' | 'delay';
  /** Of `status`. */
  readonly status?: number;
  readonly retryAfterS?: number;
  /** Of `delay`. */
  readonly delayMs?: number;
  /** So many requests; without it all. */
  readonly times?: number;
}

export class Faults {
  #active: { readonly fault: Fault; left: number }[] = [];

  set(faults: readonly Fault[]): void {
    this.#active = faults.map((fault) => ({
      fault,
      left: fault.times ?? Number.POSITIVE_INFINITY,
    }));
  }

  /** Whether the request has been answered, or never will be. */
  async meet(line: string, response: ServerResponse): Promise<boolean> {
    const found = this.#active.find(
      ({ fault, left }) => left > 0 && new RegExp(fault.match).test(line),
    );
    if (found === undefined) return false;
    found.left--;
    const { answer, status = 500, retryAfterS, delayMs = 0 } = found.fault;
    console.log(`fault ${answer} ${answer === 'status' ? status : ''} to ${line}`);
    if (answer === 'silence') return true;
    if (answer === 'delay') {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return false;
    }
    if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS));
    sendStatus(response, status, 'on order');
    return true;
  }
}

export function sendStatus(response: ServerResponse, code: number, message: string): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...status, code, message }));
}
