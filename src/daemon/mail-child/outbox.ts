/**
 * Mails that are to be sent, one after the other. What cannot be sent now is tried again for a while, less
 * and less often; what a server refuses for good is not.
 */
import type { MailMessage, MailReport } from '../../api/mail-child.ts';

const FIRST_DELAY_MS = 1000;
const DELAY_MAX_MS = 30_000;
/** News that is older is none any more. */
const AGE_MAX_MS = 300_000;

export type SendResult =
  | { readonly kind: 'sent' }
  | { readonly kind: 'refused' | 'failed'; readonly reason: string };

export interface OutboxParts {
  send(message: MailMessage): Promise<SendResult>;
  report(report: MailReport): void;
  nowMs(): number;
  /** Resolves after so long, or sooner where there is no time left. */
  pause(ms: number): Promise<void>;
}

interface Waiting {
  readonly id: number;
  readonly message: MailMessage;
  readonly sinceMs: number;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #waiting: Waiting[] = [];
  #delayMs = FIRST_DELAY_MS;
  #work: Promise<void> | undefined;
  #ending: 'no' | 'soon' = 'no';

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  add(id: number, message: MailMessage): void {
    this.#waiting.push({ id, message, sinceMs: this.#parts.nowMs() });
    this.#work ??= this.#sendAll();
  }

  /** Each is tried once more at most; resolves when none waits. */
  async end(): Promise<void> {
    this.#ending = 'soon';
    await this.#work;
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const result = await this.#parts.send(first.message);
      if (result.kind === 'sent') {
        this.#settle(first, { kind: 'sent', id: first.id });
        this.#delayMs = FIRST_DELAY_MS;
      } else if (result.kind === 'refused' || this.#isTooLate(first)) {
        this.#settle(first, { kind: 'failed', id: first.id, reason: result.reason });
      } else {
        if (this.#delayMs === FIRST_DELAY_MS) {
          this.#parts.report({ kind: 'waiting', reason: result.reason });
        }
        await this.#parts.pause(this.#delayMs);
        this.#delayMs = Math.min(DELAY_MAX_MS, this.#delayMs * 2);
      }
    }
    this.#work = undefined;
  }

  #isTooLate({ sinceMs }: Waiting): boolean {
    return this.#ending === 'soon' || this.#parts.nowMs() - sinceMs >= AGE_MAX_MS;
  }

  #settle(mail: Waiting, report: MailReport): void {
    this.#waiting.splice(this.#waiting.indexOf(mail), 1);
    this.#parts.report(report);
  }
}
