/** Whether an operator has drained this host: a file beside the pid file, so that a restart knows. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { besidePidFile } from '../instance-names.ts';

export class DrainFile {
  readonly #path: string;

  constructor(pidFile: string) {
    this.#path = besidePidFile(pidFile, 'drained');
  }

  exists(): boolean {
    return existsSync(this.#path);
  }

  /** What cannot be written holds only until the process ends. */
  write(text: string): 'written' | 'failed' {
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(this.#path, `${text}\n`, { mode: 0o644 });
      return 'written';
    } catch {
      return 'failed';
    }
  }

  remove(): 'removed' | 'failed' {
    try {
      rmSync(this.#path, { force: true });
      return 'removed';
    } catch {
      return 'failed';
    }
  }
}
