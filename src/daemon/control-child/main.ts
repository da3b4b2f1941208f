/**
 * The control child: HTTP over a Unix socket, and metrics over TCP. A process of its own, so that
 * nothing that comes in over HTTP costs the VRRP process more than a question on one connection, which
 * allows reading alone. It begins as root to listen, then becomes nobody; it ends with its parent.
 */
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel } from '../../api/channel.ts';
import {
  type ChildReport,
  type ControlChildSettings,
  EXIT_AGAIN,
  NEWS_FD,
  QUESTIONS_FD,
} from '../../api/control-child.ts';
import { EventFeed } from '../../api/http/feed.ts';
import { Questions } from '../../api/http/questions.ts';
import type { ListenerKind } from '../../api/http/routes.ts';
import { createHttpServer, type HttpParts } from '../../api/http/server.ts';
import { MetricsPage } from '../../api/prometheus/page.ts';
import { becomeNobody } from '../nobody.ts';
import { listenOn, listenTcp, listenUnix } from './listen.ts';
import { ServerQuestions } from './server-figures.ts';

const NAME = 'holdfast-control';
const RETRY_MS = 2000;
const HEARTBEAT_MS = 10_000;
/** What needs root is tried anew after this time. */
const START_AGAIN_MS = 60_000;

function report(line: ChildReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function tell(level: 'error' | 'warning' | 'info', text: string): void {
  report({ kind: 'log', level, text });
}

/** Ends this process with the connection: also when the parent was killed, the kernel closes its end. */
function openChannel(fd: number): Channel {
  return new Channel(new Socket({ fd, readable: true, writable: true }), () => process.exit(0));
}

function createParts({ figuresSocket }: ControlChildSettings): HttpParts {
  const questions = new Questions(openChannel(QUESTIONS_FD));
  const feed = new EventFeed(questions);
  void followEvents(questions, feed);
  const servers = new ServerQuestions(figuresSocket);
  const counts = new Map<string, { listener: ListenerKind; code: number; count: number }>();
  return {
    questions,
    feed,
    page: new MetricsPage(),
    serverFigures: () => servers.ask(),
    childFigures: () => ({
      residentBytes: process.memoryUsage.rss(),
      requests: [...counts.values()],
    }),
    onAnswered: (listener, code) => {
      const key = `${listener} ${code}`;
      const entry = counts.get(key) ?? { listener, code, count: 0 };
      entry.count++;
      counts.set(key, entry);
    },
    onBug: (error) => tell('error', error instanceof Error ? `${error.stack}` : String(error)),
  };
}

/**
 * From the start on, whether anybody listens or not. So is the question now and then: it tells since
 * when the VRRP process hangs, and that this connection is still wanted.
 */
async function followEvents(questions: Questions, feed: EventFeed): Promise<void> {
  const news = openChannel(NEWS_FD);
  setInterval(() => {
    questions.ask({ op: 'events', limit: 1 }).catch(() => {});
  }, HEARTBEAT_MS);
  for (;;) {
    try {
      const { lastEvent } = await questions.ask({ op: 'status' });
      news.follow(
        lastEvent,
        (result) => feed.onNews(result),
        (error) => {
          tell('error', `events cannot be followed: ${error.message}`);
          process.exit(EXIT_AGAIN);
        },
      );
      return;
    } catch {
      // It hangs, or has much to do; the next try comes soon enough.
      await sleep(RETRY_MS);
    }
  }
}

async function serveUnix(parts: HttpParts, settings: ControlChildSettings): Promise<boolean> {
  const { httpSocket } = settings;
  if (httpSocket === undefined) return true;
  const result = await listenUnix(createHttpServer(parts, 'http'), httpSocket);
  if (result.ok) {
    report({ kind: 'bound', dev: result.file.dev, ino: result.file.ino });
    tell('info', `HTTP at ${httpSocket.path}`);
    return true;
  }
  tell('error', `http_socket ${httpSocket.path}: ${result.reason}; trying again`);
  return false;
}

/** Whether it listens; where not yet, `later` keeps trying without being root. */
async function serveTcp(
  parts: HttpParts,
  settings: ControlChildSettings,
): Promise<{ readonly later: () => void } | undefined> {
  const { metricsListen } = settings;
  if (metricsListen === undefined) return undefined;
  const { address, port } = metricsListen;
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const server = createHttpServer(parts, 'metrics');
  const listening = (): void => tell('info', `metrics at http://${where}/metrics`);
  const first = await listenTcp(server, metricsListen);
  if (first.ok) {
    listening();
    return undefined;
  }
  tell('error', `metrics_listen ${where}: ${first.reason}; trying again`);
  const again = async (): Promise<void> => {
    const result = await listenOn(server, { host: address, port });
    if (result.ok) listening();
    else if (result.code === 'EACCES') startAgainLater();
    else setTimeout(() => void again(), RETRY_MS);
  };
  return { later: () => void again() };
}

function startAgainLater(): void {
  setTimeout(() => process.exit(EXIT_AGAIN), START_AGAIN_MS);
}

async function main(): Promise<void> {
  process.title = NAME;
  // Those of the terminal are for the parent; what it decides reaches us as the end of the channel.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const) {
    process.on(signal, () => {});
  }
  process.on('SIGTERM', () => process.exit(0));
  // The parent reads; should it end in between, the channel says so.
  process.stdout.on('error', () => {});
  const settings: ControlChildSettings = JSON.parse(process.argv[2] ?? '{}');
  const parts = createParts(settings);
  const [unix, tcp] = await Promise.all([serveUnix(parts, settings), serveTcp(parts, settings)]);
  // From here on a bug in what reads from the network is a bug of nobody.
  const trouble = becomeNobody(settings.identity);
  if (trouble !== undefined) tell('warning', trouble);
  tcp?.later();
  if (!unix) startAgainLater();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
