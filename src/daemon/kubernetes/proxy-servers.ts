/** Servers of the proxy beside, changed while it runs: orders at its stats socket (docs/proxy-statistics.md). */
import { connect } from 'node:net';

/** Of one line; the socket takes 16 KiB. */
const LINE_CHARACTERS_MAX = 8000;
const ANSWER_LIMIT_MS = 5000;
/** All else that is answered is a refusal. */
const DONE = /^(IP changed|no need to change)/;

export class ProxyServers {
  readonly socket: string;
  /** The process whose file is known; undefined: whoever is there has read what was written last. */
  #worker: string | undefined;

  constructor(socket: string) {
    this.socket = socket;
  }

  /** The file was read anew. */
  forget(): void {
    this.#worker = undefined;
  }

  /** `failed`: there is no proxy, another one than before, or it refuses; then some orders may be carried out. */
  async change(orders: readonly string[]): Promise<'done' | 'failed'> {
    const worker = await this.#findWorker();
    if (worker === undefined || worker !== (this.#worker ?? worker)) return 'failed';
    this.#worker = worker;
    for (const line of linesOf(orders)) {
      const answer = await ask(this.socket, line);
      const words = answer?.split('\n').filter((one) => one !== '');
      if (words?.every((one) => DONE.test(one)) !== true) return 'failed';
    }
    return 'done';
  }

  /** Whether the one that was changed is still there; `unchanged`: none was. */
  async check(): Promise<'same' | 'another' | 'unchanged'> {
    if (this.#worker === undefined) return 'unchanged';
    return (await this.#findWorker()) === this.#worker ? 'same' : 'another';
  }

  async #findWorker(): Promise<string | undefined> {
    return /^Pid: (\d+)$/m.exec((await ask(this.socket, 'show info')) ?? '')?.[1];
  }
}

function linesOf(orders: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const order of orders) {
    const longer = `${lines.at(-1)};${order}`;
    if (lines.length > 0 && longer.length <= LINE_CHARACTERS_MAX) lines[lines.length - 1] = longer;
    else lines.push(order);
  }
  return lines;
}

/** Undefined where nobody answers. */
function ask(path: string, line: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = connect(path);
    let text = '';
    client.setEncoding('latin1');
    client.setTimeout(ANSWER_LIMIT_MS, () => client.destroy(new Error('silent')));
    client.on('error', () => resolve(undefined));
    client.on('data', (part) => {
      text += part;
    });
    client.on('end', () => resolve(text));
    client.end(`${line}\n`);
  });
}
