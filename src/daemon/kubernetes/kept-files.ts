/** The files that follow what is in force. */
import { readFileSync } from 'node:fs';
import { type LastState, writeLastState, writeLastStateLater, writeWhole } from './last-state.ts';

/** What a start without the API server begins with. */
export class StateKeeper {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #saved = '';
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /** `soon`: nobody waits for the disk. */
  keep(state: LastState, when: 'at once' | 'soon'): void {
    const text = JSON.stringify(state);
    if (text === this.#saved) return;
    // Where it fails it is told each time it is another state: it matters only at the next start.
    this.#saved = text;
    if (when === 'at once') {
      try {
        writeLastState(this.#path, state);
      } catch (error) {
        this.#complain(error);
      }
      return;
    }
    this.#writing = this.#writing.then(() =>
      // A newer one may have been written meanwhile.
      this.#saved === text
        ? writeLastStateLater(this.#path, state).catch((error: unknown) => this.#complain(error))
        : undefined,
    );
  }

  #complain(error: unknown): void {
    this.#warn(`a start without the API server will know nothing: ${(error as Error).message}`);
  }
}

/** Writes a file where it is another; returns what puts the old one back. */
export function replaceFile(path: string, text: string): () => void {
  const before = readText(path);
  if (before === text) return () => {};
  writeWhole(path, text, 'quick');
  return () => {
    if (before !== undefined) writeWhole(path, before, 'quick');
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
