/** Follows the numbers in files, for FILE_CHECK: read when a file changes, and when it comes or goes. */
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { TrackedFile } from '../../config/model/virtual-server.ts';

type OnNumber = (file: string, value: number | undefined) => void;

/** Where the folder cannot be watched, or is not there yet. */
const LOOK_AGAIN_MS = 1000;

interface Followed extends TrackedFile {
  value: number | undefined;
}

export class FileNumbers {
  readonly #onNumber: OnNumber;
  readonly #watchers = new Map<string, FSWatcher>();
  #files: Followed[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(onNumber: OnNumber) {
    this.#onNumber = onNumber;
  }

  configure(files: readonly TrackedFile[]): void {
    this.close();
    this.#files = files.map((file) => ({ ...file, value: undefined }));
    this.#watchAll();
    this.#readAll();
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Folders, since files are replaced by renaming. */
  #watchAll(): void {
    const folders = new Set(this.#files.map(({ path }) => dirname(path)));
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, () => this.#readAll());
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(folder);
          this.#lookAgain();
        });
        this.#watchers.set(folder, watcher);
      } catch {
        this.#lookAgain();
      }
    }
  }

  #lookAgain(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#watchAll();
      this.#readAll();
    }, LOOK_AGAIN_MS);
  }

  #readAll(): void {
    for (const file of this.#files) {
      const value = readNumber(file.path);
      if (value === file.value) continue;
      file.value = value;
      this.#onNumber(file.name, value);
    }
  }
}

/** A file without a number, or none at all, says nothing. */
function readNumber(path: string): number | undefined {
  try {
    const number = Number.parseInt(readFileSync(path, 'latin1'), 10);
    return Number.isSafeInteger(number) ? number : undefined;
  } catch {
    return undefined;
  }
}
