/** Asks a daemon what it is and why, in each way that it can be asked. */
import assert from 'node:assert/strict';
import type { EventRecord } from '../../src/api/events.ts';
import type { StatusResult } from '../../src/api/status.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { eventually, holdfast } from './support.ts';

const METRICS_PORT = 9650;
const CURL_NOT_CONNECTED = 7;

/** The lines of global_defs without which nobody answers. */
export function witnessLines(host: Host): string {
  return `    @holdfast control_socket ${host.path('control.sock')}
    @holdfast http_socket ${host.path('http.sock')}
    @holdfast metrics_listen 127.0.0.1:${METRICS_PORT}
    @holdfast events_file ${host.path('events.log')}
`;
}

export interface Expected {
  readonly kind: string;
  /** In the event's line for people. */
  readonly text?: RegExp;
  readonly cause?: RegExp;
  /** A sample with its labels, as `name{label="value"}`: it must have counted. */
  readonly metric?: string;
}

export class Witness {
  readonly host: Host;
  daemon: HostProcess | undefined;
  #since = 0;

  constructor(host: Host) {
    this.host = host;
  }

  /** What comes from now on is new. */
  async begin(): Promise<void> {
    this.#since = (await this.status()).lastEvent;
  }

  /** A process that has just started has told nothing yet. */
  beginAnew(daemon: HostProcess): void {
    this.daemon = daemon;
    this.#since = 0;
  }

  command(...words: readonly string[]) {
    return this.host.run([holdfast, ...words, '--socket', this.host.path('control.sock')]);
  }

  async status(): Promise<StatusResult> {
    return this.#json(await this.command('status', '--json')) as StatusResult;
  }

  /** Waits for the state, and that `status` gives this cause of it, by the command and by HTTP. */
  async becomes(state: string, cause?: RegExp): Promise<void> {
    let last: unknown;
    const current = await eventually(
      async () => {
        const [own] = await this.status().then(
          ({ instances }) => instances,
          (error: unknown) => {
            last = error;
            return [];
          },
        );
        last = own ?? last;
        return own?.state === state && cause?.test(own.cause ?? '') !== false ? own : undefined;
      },
      () => `${this.host.name} is not ${state} ${cause ?? ''}: ${JSON.stringify(last)}`,
      40_000,
    );
    const page = (await this.http('/v1/status')) as { readonly result: StatusResult };
    const [same] = page.result.instances;
    assert.deepEqual([same?.state, same?.cause], [current.state, current.cause]);
  }

  /** New events as `holdfast events --json` prints them. */
  async events(): Promise<readonly EventRecord[]> {
    const { stdout, stderr, status } = await this.command('events', '--json', '--lines', '1000');
    assert.equal(status, 0, stderr);
    const records = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as EventRecord);
    return records.filter(({ number }) => number > this.#since);
  }

  /**
   * Waits for the event, and finds it again by HTTP through the socket, in the file of events and in the
   * metrics.
   */
  async tells(expected: Expected): Promise<EventRecord> {
    let seen: readonly EventRecord[] = [];
    const found = await eventually(
      async () => {
        seen = await this.events();
        return seen.find((event) => fits(event, expected));
      },
      () => `${this.host.name} does not tell ${describe(expected)}\n${list(seen)}`,
      40_000,
    );
    const page = await this.http(`/v1/events?since=${found.number - 1}&limit=1`);
    const { result } = page as { readonly result: { readonly events: readonly EventRecord[] } };
    assert.deepEqual(result.events, [found]);
    const { metric } = expected;
    if (metric !== undefined) {
      const samples = await this.metrics();
      const value = samples.get(metric);
      assert(value !== undefined && value >= 1, `${metric} is ${value} on ${this.host.name}`);
    }
    return found;
  }

  async http(path: string): Promise<unknown> {
    const socket = this.host.path('http.sock');
    return JSON.parse(await this.#curl('--unix-socket', socket, `http://localhost${path}`));
  }

  /** Each sample's value by its name and labels. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await this.#curl(`http://127.0.0.1:${METRICS_PORT}/metrics`);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      samples.map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
    );
  }

  /** The control child of a daemon that has just started does not listen yet. */
  async #curl(...words: readonly string[]): Promise<string> {
    let last = '';
    return eventually(
      async () => {
        const { stdout, stderr, status } = await this.host.run([
          ...['curl', '--silent', '--show-error', '--fail', ...words],
        ]);
        last = stderr;
        assert(status === 0 || status === CURL_NOT_CONNECTED, `${this.host.name}: ${stderr}`);
        return status === 0 ? stdout : undefined;
      },
      () => `${this.host.name}: ${last}`,
    );
  }

  #json({ stdout, stderr, status }: { stdout: string; stderr: string; status: number | null }) {
    assert.equal(status, 0, `${this.host.name}: ${stderr}`);
    return JSON.parse(stdout) as unknown;
  }
}

function fits(event: EventRecord, { kind, text, cause }: Expected): boolean {
  if (event.kind !== kind) return false;
  if (text !== undefined && !text.test(event.text)) return false;
  return cause === undefined || cause.test(event.cause ?? '');
}

function describe({ kind, text, cause }: Expected): string {
  return `${kind} ${text ?? ''} ${cause ?? ''}`;
}

function list(events: readonly EventRecord[]): string {
  return events.map(({ kind, text, cause }) => `  ${kind}: ${text} (${cause})`).join('\n');
}
