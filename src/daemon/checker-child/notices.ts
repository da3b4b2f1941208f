/** Tells programs what has become of servers: by notify scripts, and by way of FIFOs. */
import type { GlobalModel } from '../../config/model/model.ts';
import { balancingPipes } from '../../config/model/notification-pipes.ts';
import type { DirectorNotice } from '../../core/balance/director-types.ts';
import type { LogSink } from '../../ports/log.ts';
import type { ScriptRunner } from '../../ports/scripts.ts';
import type { MailSide } from '../mail/mail-side.ts';
import { NotificationPipes, type PipeParts } from '../notification-pipes.ts';
import { realServerText, virtualServerText } from './names.ts';

export class Notices {
  readonly #scripts: ScriptRunner;
  readonly #log: LogSink;
  readonly #pipes: NotificationPipes;
  readonly #mail: MailSide;
  #running = 0;
  #whenIdle: (() => void) | undefined;

  constructor(parts: PipeParts & { readonly mail: MailSide }) {
    this.#mail = parts.mail;
    this.#scripts = parts.scripts;
    this.#log = parts.log;
    this.#pipes = new NotificationPipes(parts);
  }

  configure(global: GlobalModel): void {
    this.#pipes.configure(balancingPipes(global.pipes));
    this.#mail.configure(global);
  }

  tell(notice: DirectorNotice): void {
    const { state, script, service, server } = notice;
    const word = state === 'up' ? 'UP' : 'DOWN';
    const virtual = virtualServerText(service);
    const line =
      server === undefined
        ? `VS ${virtual} ${word}`
        : `RS ${realServerText(server, service)} ${virtual} ${word}`;
    // keepalived writes the end of its C string, too, and readers expect it.
    this.#pipes.write(`${line}\n\0`);
    if (script !== undefined) this.#run(script);
    this.#mail.serverChanged(notice);
  }

  /** Resolves when all scripts have ended and all mails are settled, or it takes too long. */
  async idle(withinMs: number): Promise<void> {
    await Promise.all([this.#scriptsEnded(withinMs), this.#mail.close()]);
  }

  #scriptsEnded(withinMs: number): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.#pipes.close('remove');
  }

  #run(script: NonNullable<DirectorNotice['script']>): void {
    this.#running++;
    this.#scripts.run(script, {}, (outcome) => {
      this.#running--;
      if (outcome.kind === 'not-started') {
        const text = `notify script ${script.argv[0]} could not be run: ${outcome.reason}`;
        this.#log.write({ level: 'error', text });
      }
      if (this.#running === 0) this.#whenIdle?.();
    });
  }
}
