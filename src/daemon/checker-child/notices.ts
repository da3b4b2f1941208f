/** Tells programs what has become of servers: by notify scripts, and by way of FIFOs. */
import type { NotificationPipes as PipesModel } from '../../config/model/notification-pipes.ts';
import { balancingPipes } from '../../config/model/notification-pipes.ts';
import type { DirectorNotice } from '../../core/balance/director-types.ts';
import type { LogSink } from '../../ports/log.ts';
import type { ScriptRunner } from '../../ports/scripts.ts';
import { NotificationPipes, type PipeParts } from '../notification-pipes.ts';
import { realServerText, virtualServerText } from './names.ts';

export class Notices {
  readonly #scripts: ScriptRunner;
  readonly #log: LogSink;
  readonly #pipes: NotificationPipes;
  #running = 0;
  #whenIdle: (() => void) | undefined;

  constructor(parts: PipeParts) {
    this.#scripts = parts.scripts;
    this.#log = parts.log;
    this.#pipes = new NotificationPipes(parts);
  }

  configure(pipes: PipesModel | undefined): void {
    this.#pipes.configure(balancingPipes(pipes));
  }

  tell({ state, script, service, server }: DirectorNotice): void {
    const word = state === 'up' ? 'UP' : 'DOWN';
    const virtual = virtualServerText(service);
    const line =
      server === undefined
        ? `VS ${virtual} ${word}`
        : `RS ${realServerText(server, service)} ${virtual} ${word}`;
    // keepalived writes the end of its C string, too, and readers expect it.
    this.#pipes.write(`${line}\n\0`);
    if (script !== undefined) this.#run(script);
  }

  /** Resolves when all scripts have ended, or it takes too long. */
  idle(withinMs: number): Promise<void> {
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
