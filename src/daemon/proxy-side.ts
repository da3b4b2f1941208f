/** The proxy beside the virtual routers, and what the VRRP process hears from it, and tells it. */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type ProxyOrder, type ProxyReport, parseProxyReport } from '../api/proxy-child.ts';
import { LineSplitter } from '../base/line-splitter.ts';
import type { Model } from '../config/model/model.ts';
import type { NodeInput } from '../core/node.ts';
import type { LogSink } from '../ports/log.ts';
import { ChildKeeper, type ChildProgram } from './child-keeper.ts';
import { LeftProxy, PROXY_NAME } from './left-proxy.ts';
import type { DaemonOptions } from './options.ts';
import { NODE_FLAGS } from './proxy/program.ts';
import type { ProxyRunOptions } from './proxy/run-options.ts';
import { SilenceWatch } from './proxy-watch.ts';
import { ReportReader } from './report-reader.ts';

const PROGRAM: ChildProgram = {
  label: 'proxy',
  name: PROXY_NAME,
  bundle: 'proxy.cjs',
  nodeFlags: NODE_FLAGS,
  // Nobody is served meanwhile.
  firstDelayMs: 100,
  healthyMs: 2000,
};

/** Beside the standard streams. */
const REPORT_FD = 3;
const LINE_CHARACTERS_MAX = 1 << 20;
/** Its workers end at once; one that hangs is ended after two seconds. */
const END_WITHIN_MS = 5000;
/** Thousands of certificates take their time. */
const LOAD_WITHIN_MS = 30_000;

/** As HAProxy begins its messages: `[ALERT]    (123) : text`. */
const MESSAGE = /^\[(ALERT|WARNING|NOTICE)\]\s*\(\d+\) : (.*)$/;

type Told = Extract<NodeInput, { kind: 'proxiesReported' | 'proxyLost' }>;

export interface ProxySideParts {
  readonly log: LogSink;
  readonly options: Pick<DaemonOptions, 'proxyFiles' | 'pidFiles'>;
  readonly vrrp: {
    whenCalm(act: () => void): void;
    tell(input: Told): void;
  };
}

export type LoadOutcome = 'serving' | 'refused';

export class ProxySide {
  readonly #parts: ProxySideParts;
  readonly #keeper: ChildKeeper<ProxyRunOptions>;
  readonly #pidFile: LeftProxy;
  readonly #watch = new SilenceWatch((forMs) => this.#silent(forMs));
  #phase: 'open' | 'closing' = 'open';
  #isSilent = false;
  #follow: readonly string[] = [];
  /** The reload that is under way. */
  #whenLoaded: ((outcome: LoadOutcome) => void) | undefined;

  constructor(parts: ProxySideParts) {
    this.#parts = parts;
    this.#pidFile = new LeftProxy(parts.options.pidFiles[0] ?? '');
    this.#keeper = new ChildKeeper(PROGRAM, {
      log: parts.log,
      whenCalm: (act) => parts.vrrp.whenCalm(act),
      // What it logs to standard output is much, and goes where ours goes without passing by us.
      stdio: ['pipe', 'inherit', 'pipe', 'pipe'],
      started: (child) => this.#begin(child),
      ended: (child) => this.#ended(child),
    });
  }

  get starts(): number {
    return this.#keeper.starts;
  }

  /** At the start. */
  configure(model: Model): void {
    const { proxyFiles } = this.#parts.options;
    this.#follow = followedBy(model);
    if (proxyFiles === undefined) return;
    const before = this.#pidFile.takeLeft();
    this.#keeper.configure({
      ...{ programName: PROXY_NAME, paths: proxyFiles, told: true },
      ...{ role: 'master', reportFd: REPORT_FD },
      ...(before !== undefined && { finish: { pids: [before], how: 'soft' } }),
    });
  }

  /** Its files were read and are right; says whether it serves by them. */
  reload(model: Model, onLoaded: (outcome: LoadOutcome) => void): void {
    if (this.#parts.options.proxyFiles === undefined) {
      onLoaded('serving');
      return;
    }
    this.#follow = followedBy(model);
    // A reload that nobody has answered is overtaken by this one.
    this.#whenLoaded?.('refused');
    if (this.#keeper.child === undefined) {
      this.configure(model);
      onLoaded('serving');
      return;
    }
    const timer = setTimeout(() => {
      this.#keeper.tell('error', `no answer to a reload within ${LOAD_WITHIN_MS / 1000} s`);
      this.#loaded('refused');
    }, LOAD_WITHIN_MS);
    this.#whenLoaded = (outcome) => {
      clearTimeout(timer);
      onLoaded(outcome);
    };
    this.#order({ kind: 'reload', follow: this.#follow });
  }

  /** Resolves when it has ended. */
  close(): Promise<void> {
    this.#prepareEnd();
    this.#order({ kind: 'stop' });
    return new Promise((resolve) => this.#keeper.closeGently(END_WITHIN_MS, resolve));
  }

  /** It goes on until the next program's proxy serves; resolves when it knows that. */
  leave(): Promise<void> {
    this.#prepareEnd();
    const child = this.#keeper.child;
    this.#keeper.release();
    if (child?.stdin?.writable !== true) return Promise.resolve();
    this.#pidFile.note(child.pid);
    const order: ProxyOrder = { kind: 'leave' };
    return new Promise((resolve) =>
      child.stdin?.end(`${JSON.stringify(order)}\n`, () => resolve()),
    );
  }

  /** In the middle of the end of this process. */
  closeAtOnce(): void {
    this.#prepareEnd();
    this.#keeper.close();
  }

  #prepareEnd(): void {
    this.#phase = 'closing';
    this.#watch.end();
  }

  #begin({ stdin, stderr, stdio }: ChildProcess): void {
    // It has ended, which is told elsewhere.
    stdin?.on('error', () => {});
    const { log } = this.#parts;
    const reader = new ReportReader((text) => log.write({ level: 'warning', text }));
    if (stderr !== null) reader.read(stderr, (line) => this.#say(line));
    this.#listen(stdio[REPORT_FD] as Readable);
    this.#isSilent = false;
    this.#watch.begin();
    this.#order({ kind: 'serve', follow: this.#follow });
  }

  #listen(reports: Readable): void {
    const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
    let last = '';
    reports.setEncoding('utf8');
    reports.on('error', () => {});
    reports.on('data', (text: string) => {
      for (const line of splitter.push(text)) {
        // A beat: nothing has changed.
        if (line === last && !this.#isSilent) this.#watch.heard();
        else this.#take(parseProxyReport(line));
        last = line;
      }
    });
  }

  #take(report: ProxyReport | undefined): void {
    if (report === undefined || this.#phase === 'closing') return;
    if (report.kind === 'loaded') {
      this.#loaded(report.outcome);
      return;
    }
    const { vrrp } = this.#parts;
    if (report.kind === 'lost') {
      // Another worker is on its way.
      this.#watch.begin();
      vrrp.tell({ kind: 'proxyLost', detail: report.detail });
      return;
    }
    this.#watch.heard();
    if (this.#isSilent) this.#keeper.tell('info', 'answers again');
    this.#isSilent = false;
    vrrp.tell({ kind: 'proxiesReported', proxies: report.proxies });
  }

  #silent(forMs: number): void {
    const detail = `it has not answered for ${(forMs / 1000).toFixed(1)} s`;
    this.#isSilent = true;
    this.#keeper.tell('warning', detail);
    this.#parts.vrrp.tell({ kind: 'proxyLost', detail });
  }

  #loaded(outcome: LoadOutcome): void {
    const tell = this.#whenLoaded;
    this.#whenLoaded = undefined;
    tell?.(outcome);
  }

  #ended({ exitCode, signalCode }: ChildProcess): void {
    this.#watch.end();
    this.#loaded('refused');
    if (this.#phase === 'closing') return;
    const why = signalCode === null ? `exit status ${exitCode}` : `signal ${signalCode}`;
    this.#parts.vrrp.tell({ kind: 'proxyLost', detail: `its process ended (${why})` });
  }

  #say(line: string): void {
    const [, level, text] = MESSAGE.exec(line) ?? [];
    if (level === undefined) this.#keeper.tell('info', line);
    else this.#keeper.tell(LEVELS[level] ?? 'info', text ?? '');
  }

  #order(order: ProxyOrder): void {
    const stdin = this.#keeper.child?.stdin;
    if (stdin?.writable === true) stdin.write(`${JSON.stringify(order)}\n`);
  }
}

const LEVELS: Readonly<Record<string, 'error' | 'warning' | 'info'>> = {
  ALERT: 'error',
  WARNING: 'warning',
  NOTICE: 'info',
};

/** All names that instances track. */
function followedBy({ instances }: Model): readonly string[] {
  const tracked = instances.flatMap(({ trackedProxies }) => trackedProxies ?? []);
  return [...new Set(tracked.map(({ proxy }) => proxy))];
}
