/**
 * Mail of one process: what is to be told, by whom it is sent, and what became of it. A child is started
 * when there is something to send and none is there; what it has not settled when it dies goes to the next.
 */
import type { ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import {
  type MailMessage,
  type MailOrder,
  type MailReport,
  type MailRoute,
  parseMailReport,
} from '../../api/mail-child.ts';
import { LineSplitter } from '../../base/line-splitter.ts';
import type { MailSettings } from '../../config/model/mail.ts';
import type { GlobalModel } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { DirectorNotice } from '../../core/balance/director-types.ts';
import type { NotifyState } from '../../core/vrrp/types.ts';
import type { LogSink } from '../../ports/log.ts';
import { ChildKeeper, type ChildProgram } from '../child-keeper.ts';
import { findNobody, type NobodyIdentity } from '../nobody.ts';
import { ReportReader } from '../report-reader.ts';
import { instanceMail, serverMail } from './messages.ts';

const PROGRAM: ChildProgram = {
  label: 'mail child',
  name: 'holdfast-mail',
  bundle: 'mail.cjs',
  nodeFlags: ['--max-old-space-size=64', '--max-semi-space-size=2'],
  firstDelayMs: 1000,
};

/** Mails that wait; a server that is away shall not fill the memory of this process. */
const WAITING_MAX = 1000;
const REPORT_CHARACTERS_MAX = 4000;
/** The child ends by itself before. */
const END_WITHIN_MS = 5000;
/** A child that had nothing to do for so long is not needed. */
const IDLE_MS = 60_000;

export interface MailSideParts {
  readonly log: LogSink;
  whenCalm(act: () => void): void;
}

export class MailSide {
  readonly #parts: MailSideParts;
  readonly #waiting = new Map<number, MailMessage>();
  #settings: MailSettings | undefined;
  #host = '';
  #keeper: ChildKeeper<NobodyIdentity> | undefined;
  #lastId = 0;
  #left = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(parts: MailSideParts) {
    this.#parts = parts;
  }

  /** At the start, and before a reload. What waits goes the new way. */
  configure({ mail, routerId }: GlobalModel): void {
    this.#settings = mail;
    this.#host = routerId ?? hostname();
    if (mail !== undefined) this.#order({ kind: 'route', route: routeOf(mail) });
  }

  instanceChanged({ name, isMailed }: VrrpInstanceModel, state: NotifyState): void {
    if (isMailed !== true || this.#settings === undefined) return;
    if (state === 'FAULT' && this.#settings.faults === 'left-out') return;
    const message = instanceMail(this.#host, name, state);
    if (message !== undefined) this.#send(message);
  }

  serverChanged(notice: DirectorNotice): void {
    if (!notice.mail || this.#settings?.servers !== 'sent') return;
    this.#send(serverMail(this.#host, notice));
  }

  /** Resolves when what waits is sent or has failed, within seconds; what comes later starts anew. */
  close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const keeper = this.#keeper;
    const last = this.#lastId;
    this.#keeper = undefined;
    keeper?.child?.stdin?.end();
    return new Promise((resolve) => {
      const done = (): void => {
        // What came since has a child of its own.
        const left = [...this.#waiting.keys()].filter((id) => id <= last);
        for (const id of left) this.#giveUp(id, 'this process ends');
        resolve();
      };
      if (keeper === undefined) done();
      else keeper.closeGently(END_WITHIN_MS, done);
    });
  }

  /** In the middle of the end of this process. */
  closeAtOnce(): void {
    this.#keeper?.close();
  }

  #send(message: MailMessage): void {
    if (this.#waiting.size >= WAITING_MAX) {
      // A line for each would be a flood of another kind.
      if (this.#left++ === 0) {
        this.#tell('error', `${WAITING_MAX} mails wait: further ones are not sent meanwhile`);
      }
      return;
    }
    const id = ++this.#lastId;
    this.#waiting.set(id, message);
    clearTimeout(this.#idleTimer);
    if (this.#keeper === undefined) this.#startChild();
    else this.#order({ kind: 'mail', id, message });
  }

  #startChild(): void {
    const keeper = new ChildKeeper<NobodyIdentity>(PROGRAM, {
      log: this.#parts.log,
      whenCalm: (act) => this.#parts.whenCalm(act),
      stdio: ['pipe', 'pipe', 'pipe'],
      started: (child) => this.#begin(child),
    });
    this.#keeper = keeper;
    keeper.configure(findNobody());
  }

  #begin({ stdin, stdout, stderr }: ChildProcess): void {
    stdin?.on('error', () => {});
    const reader = new ReportReader((text) => this.#tell('warning', text));
    if (stdout !== null) readReports(stdout, (report) => this.#take(report));
    if (stderr !== null) reader.read(stderr, (line) => this.#tell('error', line));
    if (this.#settings !== undefined) {
      this.#order({ kind: 'route', route: routeOf(this.#settings) }, stdin);
    }
    for (const [id, message] of this.#waiting) this.#order({ kind: 'mail', id, message }, stdin);
  }

  #order(order: MailOrder, stdin = this.#keeper?.child?.stdin): void {
    if (stdin?.writable === true) stdin.write(`${JSON.stringify(order)}\n`);
  }

  #take(report: MailReport): void {
    if (report.kind === 'waiting') {
      this.#tell('warning', `no mail can be sent: ${report.reason}; trying again`);
      return;
    }
    if (report.kind === 'failed') this.#giveUp(report.id, report.reason);
    else if (this.#waiting.delete(report.id)) {
      this.#parts.log.write({ level: 'info', text: 'SMTP alert successfully sent.' });
    }
    if (this.#waiting.size > 0) return;
    if (this.#left > 0) this.#tell('error', `${this.#left} mails were not sent`);
    this.#left = 0;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => void this.close(), IDLE_MS).unref();
  }

  #giveUp(id: number, reason: string): void {
    const message = this.#waiting.get(id);
    if (!this.#waiting.delete(id) || message === undefined) return;
    this.#tell('error', `'${message.subject}' was not sent: ${reason}`);
  }

  #tell(level: 'error' | 'warning', text: string): void {
    this.#parts.log.write({ level, text: `mail: ${text.replace(/\p{Cc}/gu, ' ')}` });
  }
}

function routeOf({
  server,
  tls,
  heloName,
  connectTimeout,
  from,
  to,
  login,
}: MailSettings): MailRoute {
  return {
    ...server,
    tls,
    heloName: heloName ?? hostname(),
    connectTimeoutMs: Math.ceil(connectTimeout / 1000),
    from: from ?? `root@${hostname()}`,
    to,
    ...(login !== undefined && {
      login: { user: login.user, password: login.password.reveal() },
    }),
  };
}

/** One for each mail: there is no measure for them as for lines that nobody expects. */
function readReports(stream: Readable, onReport: (report: MailReport) => void): void {
  const splitter = new LineSplitter(REPORT_CHARACTERS_MAX);
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    for (const line of splitter.push(text)) {
      const report = parseMailReport(line);
      if (report !== undefined) onReport(report);
    }
  });
}
