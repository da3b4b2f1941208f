import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { besidePidFile } from './instance-names.ts';

/** What its master is called, and its workers. */
export const PROXY_NAME = 'holdfast-proxy';

/** The proxy that the program before has left serving, in a file beside the pid file. */
export class LeftProxy {
  readonly #path: string;

  constructor(pidFile: string) {
    this.#path = besidePidFile(pidFile, 'proxy');
  }

  note(pid: number | undefined): void {
    try {
      writeFileSync(this.#path, `${pid}\n`, { mode: 0o600 });
    } catch {
      // Then it has to be ended by hand: both serve.
    }
  }

  /** The process id, where it is such a process and still there; it is taken once. */
  takeLeft(): number | undefined {
    try {
      const pid = Number(readFileSync(this.#path, 'utf8'));
      rmSync(this.#path);
      return isProxy(pid) ? pid : undefined;
    } catch {
      // The usual case.
      return undefined;
    }
  }
}

function isProxy(pid: number): boolean {
  return readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === PROXY_NAME;
}
