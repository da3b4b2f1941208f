import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';

/** Says back what it hears, and first who it is. */
export const ECHO_SERVER = `require('net').createServer((s) => {
  s.on('error', () => {});
  s.write(process.argv[1] + '\\n');
  s.pipe(s);
}).listen(9090)`;

const CLIENT = `const s = require('net').connect(Number(process.argv[2]), process.argv[1]);
const lost = (why) => { console.log('lost: ' + why); process.exit(1); };
s.on('error', (e) => lost(e.message));
s.on('close', () => lost('closed'));
s.once('data', (d) => {
  const name = String(d).split('\\n')[0];
  let n = 0;
  s.on('data', (d) => { n += d.length; console.log('echo ' + n + ' ' + name); });
  setInterval(() => s.write('.'), 100);
});`;

const LIMIT_MS = 30_000;

/** One TCP connection that is used ten times a second, for as long as it lives. */
export class LongConnection {
  /** Who answers. */
  server = '';
  #echoes = 0;
  #said = 'it says nothing';
  readonly #process: HostProcess;

  private constructor(process: HostProcess) {
    this.#process = process;
  }

  /** Rejects where nobody answers. */
  static async open(host: Host, address: string, port: number): Promise<LongConnection> {
    const connections: LongConnection[] = [];
    const process = await host.spawn(['node', '-e', CLIENT, address, String(port)], {
      name: `connection to ${address}:${port}`,
      onStdoutLine: (line) => {
        for (const one of connections) one.#read(line);
      },
    });
    const connection = new LongConnection(process);
    connections.push(connection);
    try {
      await connection.lives();
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  get isLost(): boolean {
    return this.#process.end !== undefined;
  }

  /** Waits until more answers have come; throws where it was lost. */
  async lives(): Promise<void> {
    const wanted = this.#echoes + 5;
    for (const untilMs = Date.now() + LIMIT_MS; this.#echoes < wanted; ) {
      if (this.isLost || Date.now() > untilMs) {
        throw new Error(`the connection to ${this.server} is lost: ${this.#said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  close(): Promise<unknown> {
    const { exited } = this.#process;
    this.#process.signal('SIGKILL');
    return exited;
  }

  #read(line: string): void {
    const [word, count, server = ''] = line.split(' ');
    if (word === 'echo') {
      this.#echoes = Number(count);
      this.server = server;
    } else this.#said = line;
  }
}
