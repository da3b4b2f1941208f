/** Clients of one proxy: those that keep their connections, and one that makes new ones all the time. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LineSplitter } from '../../src/base/line-splitter.ts';
import { type Mode, PORTS, type ReloadStage } from './stage.ts';

const KEPT = 64;
const ASKER = `${import.meta.dirname}/../churn/asker.mjs`;
const CLIENT = '127.0.0.9';

export interface Losses {
  readonly mode: Mode;
  /** Over kept connections. */
  readonly requests: number;
  /** Connections that could not be made, or broke while an answer was awaited. */
  readonly broken: number;
  /** Answers that took more than two seconds. */
  readonly late: number;
  /** Answers of the proxy instead of the server's. */
  readonly refused: number;
  /** Of the client of new connections. */
  readonly answered: number;
  readonly lost: readonly string[];
}

export function startLoad(stage: ReloadStage, mode: Mode): { end(): Promise<Losses> } {
  const port = String(PORTS[mode]);
  const size = ['-t', '1', '-c', String(KEPT), '-d', '1h'];
  const wrk = stage.start('wrk', ...size, `http://127.0.0.1:${port}/`);
  const asker = stage.start(process.execPath, ASKER, '127.0.0.1', port, CLIENT);
  const report = textOf(wrk);
  const lines: (Record<string, unknown> & { readonly answered?: Record<string, number> })[] = [];
  const splitter = new LineSplitter(10_000);
  asker.stdout?.on('data', (data: Buffer) => {
    for (const line of splitter.push(data.toString())) lines.push(JSON.parse(line));
  });
  asker.stderr?.on('data', (data: Buffer) => process.stderr.write(data));
  const end = async (): Promise<Losses> => {
    const ended = [once(asker, 'close'), once(wrk, 'close')];
    asker.kill('SIGTERM');
    wrk.kill('SIGINT');
    await Promise.all(ended);
    const answered = lines.find((line) => line.answered !== undefined)?.answered ?? {};
    return {
      mode,
      ...readReport(report()),
      answered: Object.values(answered).reduce((sum, count) => sum + count, 0),
      lost: lines.filter((line) => line.answered === undefined).map(({ loss }) => String(loss)),
    };
  };
  return { end };
}

function textOf({ stdout }: ChildProcess): () => string {
  let text = '';
  stdout?.on('data', (data: Buffer) => {
    text += data.toString();
  });
  return () => text;
}

function readReport(text: string): Pick<Losses, 'requests' | 'broken' | 'late' | 'refused'> {
  const errors = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text) ?? [];
  const [connects = 0, reads = 0, writes = 0, late = 0] = errors.slice(1).map(Number);
  return {
    requests: Number(/(\d+) requests in/.exec(text)?.[1] ?? Number.NaN),
    broken: connects + reads + writes,
    late,
    refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
  };
}
